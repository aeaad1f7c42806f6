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
    public bool HasLive => LiveSize is not null;

    public SnapshotDocument? Find(SnapshotName name) => Snapshots.FirstOrDefault(s => s.Name == name.Value);

    public Volume ToVolume() => new(
        Id,
        new ByteCount(LiveSize ?? Document.Size),
        HasLive,
        LiveOrigin,
        [.. Snapshots.Select(s => new VolumeSnapshot(new SnapshotName(s.Name), new ByteCount(s.Size), s.TakenAt, s.Group))],
        ToStaging());

    private StagingInfo? ToStaging() => Staging is { } s
        ? new StagingInfo(
            s.From is null ? null : new SnapshotName(s.From),
            new SnapshotName(s.To),
            new ByteOffset(s.DurableOffset),
            new ByteCount(s.BytesDone),
            s.Verified)
        : null;
}
