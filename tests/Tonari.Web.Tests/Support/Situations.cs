using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Tests.Support;

/// <summary>The mirror of the shop in everything that can become of it, by name.</summary>
internal static class Situations
{
    private static readonly MirrorSync Pulling =
        new() { Name = Shop.Group(4), Base = Shop.Group(3), Stage = MirrorSyncStage.Pulling, StartedAt = Shop.Ago(10), TakenAt = Shop.Ago(9) };

    public static IReadOnlyDictionary<string, Func<AppMirror>> All { get; } = new Dictionary<string, Func<AppMirror>>
    {
        ["untaken"] = () => new AppMirror { Metadata = Shop.Mirror().Metadata, Spec = Shop.Mirror().Spec },
        ["hindered"] = () => Shop.Mirror(
            s => new MirrorStatus { Problems = [new("PoolTooSmall", "The pool green-main of green has 1.0 GiB free and 8.0 GiB are needed.")] },
            r => r with { State = MirrorState.Establishing, Health = MirrorHealth.Critical, ProtectedTime = null, Peer = new PeerView { Reachable = true } }),
        ["establishing"] = () => Shop.Replica(
            s => s with { Snapshots = [], History = [], Sync = Pulling with { Name = Shop.Group(1), Base = null } },
            r => r with { State = MirrorState.Establishing, Health = MirrorHealth.Unknown, ProtectedTime = null, Transfers = Transfers }),
        ["established"] = () => Shop.Mirror(),
        ["transferring"] = () => Shop.Replica(s => s with { Sync = Pulling }, r => r with { Transfers = Transfers }),
        ["failing-over"] = () => Shop.Replica(
            s => s with
            {
                Role = MirrorRole.Primary,
                Epoch = 2,
                HighestEpochSeen = 2,
                Promotion = new MirrorPromotion(Shop.Group(3), MirrorPromotionStage.Applying, Shop.Ago(3)),
                Operation = Running(MirrorOperationType.FailOver, MirrorOperationStage.Promoting),
            },
            r => Silent(r) with { State = MirrorState.FailingOver, Health = MirrorHealth.Critical }),
        ["failed-over"] = () => Shop.Replica(
            s => s with { Role = MirrorRole.Primary, Epoch = 2, HighestEpochSeen = 2, Application = ApplicationRun.Running, ApplicationSince = Shop.Ago(600) },
            r => r with { State = MirrorState.FailedOver, Health = MirrorHealth.Critical, Peer = r.Peer! with { Role = MirrorRole.Fenced, Application = ApplicationRun.Stopped } }),
        ["fenced"] = () => Shop.Mirror(
            s => s with { Role = MirrorRole.Fenced, HighestEpochSeen = 2, Application = ApplicationRun.Stopped, ApplicationSince = Shop.Ago(500) },
            r => r with
            {
                State = MirrorState.FailedOver,
                Health = MirrorHealth.Critical,
                Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 2, Application = ApplicationRun.Running },
            }),
        ["resyncing"] = () => Shop.Replica(
            s => s with { Epoch = 2, HighestEpochSeen = 2, Sync = Pulling, Operation = Running(MirrorOperationType.Resync, MirrorOperationStage.CatchingUp), Diverged = [new($"diverged-{Shop.MirrorId}-e1-1", 1, Shop.Ago(40))] },
            r => r with { State = MirrorState.Resyncing, Health = MirrorHealth.Warning, Transfers = Transfers, Peer = r.Peer! with { Epoch = 2 } }),
        ["reversing"] = () => Shop.Replica(
            s => s with { Operation = Running(MirrorOperationType.Reverse, MirrorOperationStage.Holding) },
            r => r with { State = MirrorState.Reversing, Peer = r.Peer! with { Application = ApplicationRun.Stopping } }),
        ["paused"] = () => Shop.Mirror(report: r => r with { State = MirrorState.Paused, Health = MirrorHealth.Warning }, spec: s => s with { Paused = true }),
        ["paused-empty"] = () => Shop.Mirror(
            s => s with { Snapshots = [] }, r => r with { State = MirrorState.Paused, Health = MirrorHealth.Warning, ProtectedTime = null }, s => s with { Paused = true }),
        ["deleting"] = () =>
        {
            var mirror = Shop.Mirror(report: r => r with { State = MirrorState.Deleting });
            mirror.Metadata.DeletionTimestamp = Shop.Now.UtcDateTime;
            return mirror;
        },
        ["copy-silent"] = () => Shop.Mirror(report: r => Silent(r) with { Health = MirrorHealth.Warning }),
        ["primary-silent"] = () => Shop.Replica(report: r => Silent(r) with { Health = MirrorHealth.Warning }),
        ["silent-empty"] = () => Shop.Mirror(s => s with { Snapshots = [] }, r => Silent(r) with { State = MirrorState.Establishing, Health = MirrorHealth.Warning, ProtectedTime = null }),
        ["half-missing"] = () => Shop.Mirror(report: r => r with { Peer = new PeerView { Reachable = true } }),
        ["both-primary"] = () => Shop.Mirror(report: r => r with { Health = MirrorHealth.Critical, Peer = r.Peer! with { Role = MirrorRole.Primary } }),
    };

    private static IReadOnlyList<MirrorTransfer> Transfers => [new("shop/data", 3L << 30, 4L << 30, 1L << 30)];

    private static MirrorOperation Running(MirrorOperationType type, MirrorOperationStage stage) =>
        new() { Request = new("op2", type), Stage = stage, StartedAt = Shop.Ago(30), StageStartedAt = Shop.Ago(5) };

    // Heard for the last time three minutes ago, which was noticed when it had been silent for a while.
    private static AppMirrorStatus Silent(AppMirrorStatus status) => status with
    {
        Peer = status.Peer! with { Reachable = false },
        Conditions = Condition.Set([], "PeerReachable", false, "Silent", "green has not answered for 15 s.", Shop.Ago(180) + MirrorLimits.PeerSilence),
    };
}
