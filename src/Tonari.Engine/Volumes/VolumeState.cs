using Tonari.Engine.Layout;

namespace Tonari.Engine.Volumes;

/// <summary>A volume as its folder says.</summary>
internal sealed record VolumeState(
    VolumeId Id,
    VolumeDocument Document,
    long? LiveSize,
    string? LiveOrigin,
    IReadOnlyList<SnapshotDocument> Snapshots,
    StagingDocument? Staging)
{
    /// <summary>Snapshots that are there and cannot be used, ordered by name.</summary>
    public IReadOnlyList<DamagedSnapshot> Damaged { get; init; } = [];

    /// <summary>Why it is not known what the live image was made of.</summary>
    public FileDamagedException? LiveDamage { get; init; }

    public bool HasLive => LiveSize is not null;

    /// <exception cref="FileDamagedException">There is a snapshot of that name, and it cannot be used.</exception>
    public void RefuseDamaged(SnapshotName name)
    {
        if (Damaged.FirstOrDefault(d => d.Name == name) is { } damaged)
            throw new FileDamagedException(damaged.Why.Message, damaged.Why);
    }

    public SnapshotDocument? Find(SnapshotName name) => Snapshots.FirstOrDefault(s => s.Name == name.Value);

    public Volume ToVolume() => new(
        Id,
        new ByteCount(LiveSize ?? Document.Size),
        HasLive,
        LiveOrigin,
        [.. Snapshots.Select(s => new VolumeSnapshot(new SnapshotName(s.Name), new ByteCount(s.Size), s.TakenAt, s.Group))],
        ToStaging())
    {
        Damaged = [.. Damaged.Select(d => new Damage(d.Name.Value, d.Why.Message))],
        LiveDamage = LiveDamage?.Message,
    };

    private StagingInfo? ToStaging() => Staging is { } s
        ? new StagingInfo(
            s.From is null ? null : new SnapshotName(s.From),
            new SnapshotName(s.To),
            new ByteOffset(s.DurableOffset),
            new ByteCount(s.BytesDone),
            s.Verified)
        : null;
}

/// <summary>A snapshot that is there and cannot be used.</summary>
internal sealed record DamagedSnapshot(SnapshotName Name, FileDamagedException Why);
