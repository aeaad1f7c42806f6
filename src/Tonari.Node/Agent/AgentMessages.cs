using Google.Protobuf.WellKnownTypes;
using Tonari.Engine;
using Tonari.Node.Mounting;
using Tonari.Node.Pools;
using Wire = Tonari.Rpc.Agent;

namespace Tonari.Node.Agent;

/// <summary>The engine's records as agent.proto writes them, and its names out of requests.</summary>
internal static class AgentMessages
{
    /// <exception cref="ArgumentException">Not a volume id.</exception>
    public static VolumeId[] ToVolumes(IEnumerable<string> texts) => [.. texts.Select(text => new VolumeId(text))];

    /// <summary>Empty means none.</summary>
    /// <exception cref="ArgumentException">Not a snapshot name.</exception>
    public static SnapshotName? ToOptionalSnapshot(string text) => text.Length == 0 ? null : new SnapshotName(text);

    public static async Task<Wire.Volume> ToMessageAsync(this PlacedVolume placed, CancellationToken ct)
    {
        var (pool, volume) = placed;
        var attachment = await pool.Engine.Attachments.FindAsync(volume.Id, ct);
        var uses = attachment is null ? [] : VolumeStager.UsesOf(attachment.DevicePath);
        return new Wire.Volume
        {
            VolumeId = volume.Id.Value,
            Pool = pool.Name,
            SizeBytes = volume.Size.Value,
            HasLive = volume.HasLive,
            LiveOrigin = volume.LiveOrigin ?? "",
            Attached = attachment is not null,
            Mounted = uses.Count > 0,
            FileSystemFailed = uses.Any(use => use is { FileSystemReadOnly: true, ReadOnly: false }),
            Snapshots =
            {
                volume.Snapshots.Select(snapshot => new Wire.Snapshot
                {
                    Name = snapshot.Name.Value,
                    SizeBytes = snapshot.Size.Value,
                    TakenAt = snapshot.TakenAt.ToTimestamp(),
                }),
            },
            DamagedSnapshots = { volume.Damaged.Select(damage => damage.Name) },
            Staging = volume.Staging is not { } staging
                ? null
                : new Wire.Staging
                {
                    From = staging.From?.Value ?? "",
                    To = staging.To.Value,
                    DurableBytes = staging.DurableOffset.Value,
                    Verified = staging.Verified,
                },
        };
    }

    public static Wire.GroupSnapshot ToMessage(this GroupSnapshot group, string pool) => new()
    {
        Pool = pool,
        Name = group.Name.Value,
        TakenAt = group.TakenAt.ToTimestamp(),
        FrozenFor = group.FrozenFor.ToDuration(),
        Members =
        {
            group.Members.Select(member => new Wire.GroupMember
            {
                VolumeId = member.Volume.Value,
                SizeBytes = member.Size.Value,
                Digest = member.Digest ?? "",
            }),
        },
    };
}
