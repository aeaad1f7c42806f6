namespace Tonari.Engine.Transfer;

/// <summary>Finds long runs of zero blocks, which need not travel.</summary>
internal static class ZeroRuns
{
    /// <summary>Cuts data into alternating pieces (start, end, is zero); zero pieces are long enough to pay.</summary>
    public static List<(int Start, int End, bool IsZero)> Split(ReadOnlySpan<byte> data)
    {
        var pieces = new List<(int Start, int End, bool IsZero)>();
        var dataStart = 0;
        var position = 0;
        while (position < data.Length)
        {
            var rest = data[position..];
            var nonZero = rest.IndexOfAnyExcept((byte)0);
            var zeroEnd = nonZero < 0 ? data.Length : (position + nonZero) / EngineLimits.BlockSize * EngineLimits.BlockSize;
            if (zeroEnd - position >= Math.Min(EngineLimits.MinElidedZeros, data.Length))
            {
                if (position > dataStart)
                    pieces.Add((dataStart, position, false));
                pieces.Add((position, zeroEnd, true));
                dataStart = zeroEnd;
            }
            position = Math.Max(zeroEnd, position) + EngineLimits.BlockSize;
        }
        if (dataStart < data.Length)
            pieces.Add((dataStart, data.Length, false));
        return pieces;
    }
}
