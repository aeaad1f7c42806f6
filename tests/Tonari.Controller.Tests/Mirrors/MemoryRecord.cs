using System.Globalization;
using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

/// <summary>The object of a side as one life of its worker sees it.</summary>
internal sealed class MemoryRecord(World world, Side side, Incarnation life) : IMirrorRecord
{
    /// <summary>What happens just before a write reaches the side, e.g. somebody else's write.</summary>
    public Action<MirrorStatus> BeforeWrite { get; set; } = _ => { };

    public IReadOnlyList<MirrorTransfer>? LastTransfer { get; private set; }

    public int TransferWrites { get; private set; }

    /// <summary>The peer as it was when what is derived of it was last written.</summary>
    public PeerView? ShownPeer { get; private set; }

    public MirrorReading? Read()
    {
        life.Token.ThrowIfCancellationRequested();
        var (policy, status, version) = side.Object;
        return policy is null
            ? null
            : new MirrorReading(policy, status, world.ViewFor(side), version.ToString(CultureInfo.InvariantCulture), new AppMirror());
    }

    public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;

    public Task<WriteOutcome> WriteAsync(MirrorReading basis, MirrorWrite write, CancellationToken ct)
    {
        ShownPeer = basis.Peer;
        if (write.Transfers.Count > 0 && write.Transfers != LastTransfer)
        {
            LastTransfer = write.Transfers;
            TransferWrites++;
        }

        if (write.Status == basis.Status) return Task.FromResult(WriteOutcome.Unchanged);
        life.Pass($"before the write of {side.Name}");
        BeforeWrite(write.Status);
        var outcome = side.Write(long.Parse(basis.ResourceVersion, CultureInfo.InvariantCulture), write.Status);
        life.Pass($"after the write of {side.Name}");
        return Task.FromResult(outcome);
    }
}
