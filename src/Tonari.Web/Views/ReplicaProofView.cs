using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>When the replica, on whichever side it is, was last proven equal to its primary, and what is known against it.</summary>
public sealed record ReplicaProofView
{
    /// <summary>The last proof; null: there was none yet.</summary>
    public MirrorProof? Last { get; init; }

    /// <summary>The group snapshot that is being compared now; null: none is.</summary>
    public string? Comparing { get; init; }

    /// <summary>How far that is; null where it is not known.</summary>
    public TransferAmount? Amount { get; init; }

    /// <summary>What differs is being fetched again.</summary>
    public bool Healing { get; init; }

    /// <summary>Volumes that differ and are not healed, as far as they are known on this side.</summary>
    public IReadOnlyList<DamagedVolume> Damaged { get; init; } = [];

    /// <summary>The group snapshot of which the copy here is known to differ and is not healed; null: none.</summary>
    public string? DamagedSnapshot { get; init; }

    /// <summary>Time from the end of one comparison to the start of the next, seconds; 0: only when asked for.</summary>
    public required double ScheduleSeconds { get; init; }

    internal static ReplicaProofView Of(AppMirror mirror)
    {
        var (status, peer) = (mirror.Status?.Mirror ?? new MirrorStatus(), mirror.Status?.Peer);
        var schedule = (mirror.Spec.Verify ?? new MirrorVerifySpec()).Schedule.Value.TotalSeconds;
        if (status.Role != MirrorRole.Secondary)
        {
            return new ReplicaProofView
            {
                Last = peer?.Proven,
                Comparing = peer is { Reachable: true } ? peer.Verification?.Snapshot : null,
                Amount = peer is { Reachable: true, Verification: { } there } ? TransferAmount.Of(there.BytesRead, there.BytesToRead, 0, 0) : null,
                ScheduleSeconds = schedule,
            };
        }

        return new ReplicaProofView
        {
            Last = status.Proven,
            Comparing = status.Verification?.Snapshot,
            Amount = mirror.Status?.VerificationProgress is { } own ? TransferAmount.Of(own.BytesRead, own.BytesToRead, 0, 0) : null,
            Healing = status.Verification is { Stage: MirrorVerificationStage.Healing },
            Damaged = status.Damage?.Volumes ?? [],
            DamagedSnapshot = StartDoubt.DamagedIn(status),
            ScheduleSeconds = schedule,
        };
    }
}
