using Tonari.Engine;

namespace Tonari.Node.Storage;

/// <summary>How large a volume becomes for what was asked.</summary>
internal static class VolumeSizes
{
    /// <summary>Where nothing is asked.</summary>
    public const long Default = 1L << 30;

    /// <summary>Less is too little for ext4 with its journal.</summary>
    public const long Smallest = 16L << 20;

    /// <summary>Sizes are whole mebibytes, so that every substrate and filesystem agrees on them.</summary>
    public const long Unit = 1L << 20;

    /// <summary>Some substrates end here (2^60 bytes); it keeps arithmetic far from overflow.</summary>
    public const long Largest = 1L << 60;

    /// <summary>The size for a request; 0 means "not said" for both bounds.</summary>
    /// <param name="required">At least, in bytes.</param>
    /// <param name="limit">At most, in bytes.</param>
    /// <param name="floor">What the source of a clone or the filesystem needs.</param>
    /// <exception cref="SizeOutOfRangeException">No size fits; the message says why.</exception>
    public static ByteCount Choose(long required, long limit, long floor = 0)
    {
        if (required < 0 || limit < 0)
            throw new SizeOutOfRangeException("Sizes cannot be negative.");
        if (limit > 0 && required > limit)
            throw new SizeOutOfRangeException($"At least {required} and at most {limit} bytes cannot both be met.");
        if (required > Largest)
            throw new SizeOutOfRangeException($"A volume of {required} bytes is larger than {Largest} bytes, the largest there is.");
        var wanted = required > 0 ? required : Math.Max(floor, limit > 0 ? Math.Min(limit, Default) : Default);
        var size = RoundUp(Math.Max(Math.Max(wanted, floor), Smallest));
        if (limit > 0 && size > limit)
            throw new SizeOutOfRangeException($"The smallest volume that would do has {size} bytes, more than the limit of {limit} bytes.");
        return new ByteCount(size);
    }

    private static long RoundUp(long bytes) => checked((bytes + Unit - 1) / Unit * Unit);
}

/// <summary>The size asked for cannot be had.</summary>
internal sealed class SizeOutOfRangeException(string message) : Exception(message);
