using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Views;

/// <summary>A mirror as its views read it: nothing missing, whatever the controller has not written yet.</summary>
internal sealed class MirrorFacts(AppMirror mirror, string? localCluster)
{
    private const string NotSeen = "The controller has not taken it up yet.";

    public string Namespace => mirror.Namespace;

    public string Name => mirror.Name;

    public DateTimeOffset? CreatedAt => mirror.Metadata.CreationTimestamp;

    public AppMirrorSpec Spec => mirror.Spec;

    public MirrorStatus Status { get; } = mirror.Status?.Mirror ?? new MirrorStatus();

    public MirrorState State => mirror.Status?.State ?? MirrorState.Establishing;

    public MirrorHealth Health => mirror.Status?.Health ?? MirrorHealth.Unknown;

    public string Reason => mirror.Status?.Message ?? NotSeen;

    /// <summary>What was last heard of the other side.</summary>
    public PeerView? Peer => mirror.Status?.Peer;

    /// <summary>Name of the newest group snapshot that both sides hold.</summary>
    public string? Common => Status.Snapshots.LastOrDefault(s => Peer?.Snapshots.Contains(s.Name) == true)?.Name;

    public DateTimeOffset? ProtectedAt => mirror.Status?.ProtectedTime;

    /// <summary>Name of the cluster that was asked.</summary>
    public string LocalCluster => localCluster ?? "this cluster";

    public IReadOnlyList<VolumeTransfer> Transfers { get; } =
        [.. (mirror.Status?.Transfers ?? []).Select(t => new VolumeTransfer(t.Key, t.BytesDone, t.BytesToDo))];

    /// <summary>When the replica, on whichever side it is, was last proven equal.</summary>
    public MirrorProof? Proven => Status.Role == MirrorRole.Secondary ? Status.Proven : Peer?.Proven;

    /// <summary>How far the running comparison is, on whichever side it runs.</summary>
    public VolumeTransfer? Comparison => (mirror.Status?.VerificationProgress, Peer?.Verification) switch
    {
        ({ } own, _) => new VolumeTransfer("read and compared", own.BytesRead, own.BytesToRead),
        (null, { } there) => new VolumeTransfer("read and compared", there.BytesRead, there.BytesToRead),
        _ => null,
    };

    public TimeSpan? Lag(DateTimeOffset now) => ProtectedAt is { } at ? now - at : null;

    public MirrorObservation At(DateTimeOffset now) => new(now, Spec.Operation?.Id, Status, Transfers) { Comparison = Comparison };
}
