using Tonari.Engine.Layout;

namespace Tonari.Engine.Volumes;

/// <summary>What cannot be used when a document is damaged, and what to do: the second sentence of every such refusal.</summary>
internal static class Consequence
{
    public static string OfVolume(PoolPaths paths, VolumeId id) =>
        $"The volume '{id}' cannot be used, and nothing of it is changed or removed, until the file is restored from a backup; to give the volume up, move "
        + $"'{paths.Volume(id)}' into '{paths.Trash}', which is emptied when the pool is opened.";

    public static string OfSnapshot(PoolPaths paths, VolumeId id, SnapshotName name) =>
        $"The snapshot '{name}' of the volume '{id}' cannot be used until the file is restored from a backup; its image '{paths.SnapshotImage(id, name)}' is kept, "
        + "and the rest of the volume is not affected.";

    public static string OfGroup(PoolPaths paths, SnapshotName name) =>
        $"The group snapshot '{name}' cannot be used until the file is restored from a backup; the images of its volumes are kept. If nobody wants it back, "
        + $"remove '{paths.Group(name)}'.";

    public static string OfLive(VolumeId id) => $"What the live image of the volume '{id}' was made of is not known; the volume is not affected.";
}

/// <summary>What reading has found: something, nothing, or damage.</summary>
internal readonly record struct Found<T>(T? Value, FileDamagedException? Damage)
    where T : class;
