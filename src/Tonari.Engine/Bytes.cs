using System.Globalization;

namespace Tonari.Engine;

/// <summary>A number of bytes, 0 or more.</summary>
public readonly record struct ByteCount : IComparable<ByteCount>
{
    /// <summary>A number of bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is negative.</exception>
    public ByteCount(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Value = value;
    }

    /// <summary>No bytes.</summary>
    public static ByteCount Zero => default;

    /// <summary>The number.</summary>
    public long Value { get; }

    /// <inheritdoc/>
    public int CompareTo(ByteCount other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture) + " bytes";

    /// <summary>Compares two counts.</summary>
    public static bool operator <(ByteCount left, ByteCount right) => left.Value < right.Value;

    /// <summary>Compares two counts.</summary>
    public static bool operator >(ByteCount left, ByteCount right) => left.Value > right.Value;

    /// <summary>Compares two counts.</summary>
    public static bool operator <=(ByteCount left, ByteCount right) => left.Value <= right.Value;

    /// <summary>Compares two counts.</summary>
    public static bool operator >=(ByteCount left, ByteCount right) => left.Value >= right.Value;
}

/// <summary>A distance in bytes from the start of an image, 0 or more.</summary>
public readonly record struct ByteOffset : IComparable<ByteOffset>
{
    /// <summary>An offset in bytes from the start of an image.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is negative.</exception>
    public ByteOffset(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Value = value;
    }

    /// <summary>The start of an image.</summary>
    public static ByteOffset Zero => default;

    /// <summary>The distance in bytes.</summary>
    public long Value { get; }

    /// <inheritdoc/>
    public int CompareTo(ByteOffset other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => "offset " + Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Compares two offsets.</summary>
    public static bool operator <(ByteOffset left, ByteOffset right) => left.Value < right.Value;

    /// <summary>Compares two offsets.</summary>
    public static bool operator >(ByteOffset left, ByteOffset right) => left.Value > right.Value;

    /// <summary>Compares two offsets.</summary>
    public static bool operator <=(ByteOffset left, ByteOffset right) => left.Value <= right.Value;

    /// <summary>Compares two offsets.</summary>
    public static bool operator >=(ByteOffset left, ByteOffset right) => left.Value >= right.Value;
}

/// <summary>A stretch of an image.</summary>
/// <param name="Offset">Where it starts.</param>
/// <param name="Length">How long it is.</param>
public readonly record struct ByteRange(ByteOffset Offset, ByteCount Length)
{
    /// <summary>The first offset after the stretch.</summary>
    public ByteOffset End => new(Offset.Value + Length.Value);

    internal static ByteRange Between(long start, long end) => new(new ByteOffset(start), new ByteCount(end - start));
}

/// <summary>What a changed stretch holds in the newer snapshot.</summary>
public enum RangeKind
{
    /// <summary>Bytes that have to be read.</summary>
    Data,

    /// <summary>Reads as zero in the newer snapshot and need not be read.</summary>
    Hole,
}

/// <summary>A stretch that may differ between two snapshots. Whole 4096-byte blocks.</summary>
/// <param name="Range">Where.</param>
/// <param name="Kind">What the newer snapshot holds there.</param>
public readonly record struct ChangedRange(ByteRange Range, RangeKind Kind);
