using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Tonari.Engine;

namespace Tonari.Node.Storage;

/// <summary>Turns the names callers choose (any Unicode) into ids that are safe as file names, and the driver's snapshot ids back and forth.</summary>
internal static partial class VolumeNames
{
    private const int HashCharacters = 40;

    /// <summary><c>pvc-&lt;uuid&gt;</c> stays as it is (a replica has the id of its primary); anything else becomes <c>vol-&lt;hash&gt;</c>, the same every time.</summary>
    public static VolumeId VolumeFor(string name) => new(ProvisionerName().IsMatch(name) ? name : "vol-" + Hash(name));

    /// <summary><c>snapshot-&lt;uuid&gt;</c> stays as it is; anything else becomes <c>snap-&lt;hash&gt;</c>.</summary>
    public static SnapshotName SnapshotFor(string name) => new(SnapshotterName().IsMatch(name) ? name : "snap-" + Hash(name));

    /// <summary>A snapshot's id for callers: volume and snapshot, so that it can be found without a catalogue.</summary>
    public static string SnapshotId(VolumeId volume, SnapshotName snapshot) => $"{volume}/{snapshot}";

    public static bool TryParseSnapshotId(string text, [NotNullWhen(true)] out VolumeId? volume, [NotNullWhen(true)] out SnapshotName? snapshot)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && VolumeId.TryParse(text[..slash], out var id) && SnapshotName.TryParse(text[(slash + 1)..], out var name))
        {
            (volume, snapshot) = (id, name);
            return true;
        }

        (volume, snapshot) = (null, null);
        return false;
    }

    /// <summary>Whether a snapshot was made by <see cref="SnapshotFor"/>; others belong to a mirror or an application snapshot, which alone decide when they go.</summary>
    public static bool IsVolumeSnapshot(SnapshotName name) => OwnSnapshot().IsMatch(name.Value);

    private static string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashCharacters];

    [GeneratedRegex(@"\Apvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z")]
    private static partial Regex ProvisionerName();

    [GeneratedRegex(@"\Asnapshot-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z")]
    private static partial Regex SnapshotterName();

    [GeneratedRegex(@"\A(snap-[0-9a-f]{40}|snapshot-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\z")]
    private static partial Regex OwnSnapshot();
}
