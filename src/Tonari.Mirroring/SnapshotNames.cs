using System.Globalization;

namespace Tonari.Mirroring;

/// <summary>Names of group snapshots: <c>m-MIRRORID-eEPOCH-sSEQUENCE</c>. The same name means the same bytes on both sides.</summary>
public static class SnapshotNames
{
    /// <summary>The name for an epoch and sequence.</summary>
    public static string Group(string mirrorId, long epoch, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"m-{mirrorId}-e{epoch}-s{sequence}");

    /// <summary>What every group snapshot of a mirror begins with.</summary>
    public static string GroupPrefix(string mirrorId) => $"m-{mirrorId}-";

    /// <summary>The name under which live data of an epoch is set aside.</summary>
    public static string Diverged(string mirrorId, long epoch, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"diverged-{mirrorId}-e{epoch}-{at.ToUnixTimeSeconds()}");

    /// <summary>What every set of diverged data of a mirror begins with.</summary>
    public static string DivergedPrefix(string mirrorId) => $"diverged-{mirrorId}-";

    /// <summary>Epoch and sequence of a group name; false for any other string.</summary>
    public static bool TryParse(string name, out long epoch, out long sequence)
    {
        epoch = sequence = 0;
        var parts = name.Split('-');
        return parts.Length == 4 && parts[0] == "m"
            && Number(parts[2], 'e', out epoch) && Number(parts[3], 's', out sequence);
    }

    /// <summary>Whether a group was named after another one, in a later epoch or later in the same.</summary>
    public static bool IsLater(string name, string other) =>
        TryParse(name, out var epoch, out var sequence) && TryParse(other, out var otherEpoch, out var otherSequence)
        && (epoch, sequence).CompareTo((otherEpoch, otherSequence)) > 0;

    private static bool Number(string part, char letter, out long value)
    {
        value = 0;
        return part.Length > 1 && part[0] == letter
            && long.TryParse(part.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
