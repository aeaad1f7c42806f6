using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>A running sync.</summary>
/// <param name="Snapshot">The group snapshot it will commit.</param>
/// <param name="Base">The common snapshot the difference is taken from; null: everything travels.</param>
/// <param name="Stage">Where it stands.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Total">All volumes together.</param>
/// <param name="Volumes">Each volume.</param>
public sealed record MirrorTransferView(
    string Snapshot, string? Base, MirrorSyncStage Stage, DateTimeOffset StartedAt, TransferAmount Total, IReadOnlyList<VolumeTransferView> Volumes)
{
    internal static MirrorTransferView? Of(AppMirror mirror, MirrorStatus status, Func<string, double> rateOf)
    {
        if (status.Sync is { } sync)
            return Of(sync.Name, sync.Base, sync.Stage, sync.StartedAt, mirror.Status?.Transfers ?? [], rateOf);
        // What the other side last said of its own; one that is silent may have ended it long ago.
        return mirror.Status?.Peer is { Reachable: true, Pull: { } pull }
            ? Of(pull.Name, pull.Base, MirrorSyncStage.Pulling, pull.StartedAt, RunningTransfers.Of(mirror), rateOf)
            : null;
    }

    private static MirrorTransferView Of(
        string name, string? from, MirrorSyncStage stage, DateTimeOffset startedAt, IReadOnlyList<MirrorTransfer> transfers, Func<string, double> rateOf)
    {
        IReadOnlyList<VolumeTransferView> volumes =
            [.. transfers.Select(t => new VolumeTransferView(t.Key, TransferAmount.Of(t.BytesDone, t.BytesToDo, t.WireBytes, rateOf(t.Key))))];
        // While one volume is still looking for its changes, the whole is not known.
        var known = volumes.Count > 0 && volumes.All(v => v.Amount.BytesToDo > 0);
        var total = TransferAmount.Of(
            volumes.Sum(v => v.Amount.BytesDone), known ? volumes.Sum(v => v.Amount.BytesToDo) : 0, volumes.Sum(v => v.Amount.WireBytes),
            volumes.Where(v => v.Amount.BytesDone < v.Amount.BytesToDo).Sum(v => v.Amount.BytesPerSecond));
        return new MirrorTransferView(name, from, stage, startedAt, total, volumes);
    }
}

/// <summary>The volumes that are transferred now, whichever side pulls them.</summary>
internal static class RunningTransfers
{
    public static IReadOnlyList<MirrorTransfer> Of(AppMirror mirror) => mirror.Status switch
    {
        { Transfers: { Count: > 0 } own } => own,
        { Peer.Pull: { } pull } => [.. pull.Volumes.Select(v => new MirrorTransfer(v.Key, v.BytesDone, v.BytesToDo, v.WireBytes))],
        _ => [],
    };
}

/// <summary>One volume's part of a sync.</summary>
/// <param name="Key"><c>namespace/claim</c> as named on the original primary.</param>
/// <param name="Amount">How far it is.</param>
public sealed record VolumeTransferView(string Key, TransferAmount Amount);

/// <summary>How far a transfer is.</summary>
/// <param name="BytesDone">Changed bytes that are applied here.</param>
/// <param name="BytesToDo">Changed bytes there are; 0 while not known.</param>
/// <param name="WireBytes">Bytes received, compressed.</param>
/// <param name="BytesPerSecond">Speed over the last seconds; 0 while not known.</param>
/// <param name="Percent">0 to 100; null while not known.</param>
/// <param name="SecondsLeft">At this speed; null while not known.</param>
public sealed record TransferAmount(long BytesDone, long BytesToDo, long WireBytes, double BytesPerSecond, int? Percent, double? SecondsLeft)
{
    internal static TransferAmount Of(long done, long toDo, long wire, double rate) => new(
        done, toDo, wire, rate,
        toDo > 0 ? (int)Math.Clamp(100.0 * done / toDo, 0, 100) : null,
        toDo <= 0 ? null : done >= toDo ? 0 : rate > 0 ? (toDo - done) / rate : null);
}
