namespace Tonari.Engine.Volumes;

internal static class VolumeSize
{
    /// <summary>Up to whole blocks: images, changed ranges and digests count in them.</summary>
    public static long Round(ByteCount size)
    {
        if (size.Value is 0 or > EngineLimits.MaxImageSize)
            throw new ArgumentOutOfRangeException(nameof(size), $"A volume has 1 to {EngineLimits.MaxImageSize} bytes, not {size.Value}.");
        return (size.Value + EngineLimits.BlockSize - 1) / EngineLimits.BlockSize * EngineLimits.BlockSize;
    }
}
