using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Transfer;

/// <summary>One or two snapshots of a volume that are not deleted as long as somebody reads them.</summary>
internal sealed class PinnedSnapshots : IDisposable
{
    private readonly IDisposable? _fromPin;
    private readonly IDisposable _toPin;

    private PinnedSnapshots(SnapshotDocument? from, SnapshotDocument to, IDisposable? fromPin, IDisposable toPin)
    {
        From = from;
        To = to;
        _fromPin = fromPin;
        _toPin = toPin;
    }

    public SnapshotDocument? From { get; }

    public SnapshotDocument To { get; }

    public static async Task<PinnedSnapshots> TakeAsync(PoolStore store, VolumeId id, SnapshotName? from, SnapshotName to, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        var volume = store.Require(id);
        var newer = PoolStore.RequireSnapshot(volume, to);
        var older = from is { } name ? PoolStore.RequireSnapshot(volume, name) : null;
        return new PinnedSnapshots(older, newer, from is { } f ? store.Locks.Pin(id, f) : null, store.Locks.Pin(id, to));
    }

    public void Dispose()
    {
        _fromPin?.Dispose();
        _toPin.Dispose();
    }
}
