using System.Diagnostics.CodeAnalysis;

namespace Tonari.Engine;

/// <summary>The name of a volume, unique in its pool: <c>[a-z0-9]([-a-z0-9.]{0,98}[a-z0-9])?</c>.</summary>
public readonly record struct VolumeId
{
    /// <summary>A volume's name.</summary>
    /// <exception cref="ArgumentException">The name has another form.</exception>
    public VolumeId(string value) => Value = PathSafeName.Require(value, "volume id");

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>Accepts a name of the right form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out VolumeId id)
    {
        id = PathSafeName.IsValid(text) ? new VolumeId(text) : default;
        return id.Value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The name of a snapshot or group snapshot: <c>[a-z0-9]([-a-z0-9.]{0,98}[a-z0-9])?</c>.</summary>
public readonly record struct SnapshotName
{
    /// <summary>A snapshot's name.</summary>
    /// <exception cref="ArgumentException">The name has another form.</exception>
    public SnapshotName(string value) => Value = PathSafeName.Require(value, "snapshot name");

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>Accepts a name of the right form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SnapshotName name)
    {
        name = PathSafeName.IsValid(text) ? new SnapshotName(text) : default;
        return name.Value is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

internal static class PathSafeName
{
    private const int MaxLength = 100;

    public static bool IsValid([NotNullWhen(true)] string? text)
    {
        if (text is null || text.Length is 0 or > MaxLength)
            return false;
        return IsLetterOrDigit(text[0]) && IsLetterOrDigit(text[^1]) && text.All(c => IsLetterOrDigit(c) || c is '-' or '.');
    }

    public static string Require(string? text, string what) => IsValid(text)
        ? text
        : throw new ArgumentException(
            $"'{text}' is not a {what}: 1 to {MaxLength} characters of a-z, 0-9, '-' and '.', beginning and ending with a letter or digit.");

    private static bool IsLetterOrDigit(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
