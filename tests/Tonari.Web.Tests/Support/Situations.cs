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
            r => r with { State = MirrorState.Establishing, Health = MirrorHealth.Critical, Cause = HealthCause.Problem, ProtectedTime = null, Peer = new PeerView { Reachable = true } }),
        ["establishing"] = () => Shop.Replica(
            s => s with { Snapshots = [], History = [], Sync = Pulling with { Name = Shop.Group(1), Base = null } },
            r => r with { State = MirrorState.Establishing, Health = MirrorHealth.Unknown, Cause = HealthCause.FirstUnderWay, ProtectedTime = null, Transfers = Transfers }),
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
            r => r with { State = MirrorState.FailedOver, Health = MirrorHealth.Critical, Cause = HealthCause.TookOver, Peer = r.Peer! with { Role = MirrorRole.Fenced, Application = ApplicationRun.Stopped } }),
        ["fenced"] = () => Shop.Mirror(
            s => s with { Role = MirrorRole.Fenced, HighestEpochSeen = 2, Application = ApplicationRun.Stopped, ApplicationSince = Shop.Ago(500) },
            r => r with
            {
                State = MirrorState.FailedOver,
                Health = MirrorHealth.Critical,
                Cause = HealthCause.TakenOver,
                Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 2, Application = ApplicationRun.Running },
            }),
        ["resyncing"] = () => Shop.Replica(
            s => s with { Epoch = 2, HighestEpochSeen = 2, Sync = Pulling, Operation = Running(MirrorOperationType.Resync, MirrorOperationStage.CatchingUp), Diverged = [new($"diverged-{Shop.MirrorId}-e1-1", 1, Shop.Ago(40))] },
            r => r with { State = MirrorState.Resyncing, Health = MirrorHealth.Warning, Cause = HealthCause.InTime, Transfers = Transfers, Peer = r.Peer! with { Epoch = 2 } }),
        ["reversing"] = () => Shop.Replica(
            s => s with { Operation = Running(MirrorOperationType.Reverse, MirrorOperationStage.Holding) },
            r => r with { State = MirrorState.Reversing, Peer = r.Peer! with { Application = ApplicationRun.Stopping } }),
        ["paused"] = () => Shop.Mirror(report: r => r with { State = MirrorState.Paused, Health = MirrorHealth.Warning, Cause = HealthCause.Paused }, spec: s => s with { Paused = true }),
        ["paused-empty"] = () => Shop.Mirror(
            s => s with { Snapshots = [] }, r => r with { State = MirrorState.Paused, Health = MirrorHealth.Warning, ProtectedTime = null }, s => s with { Paused = true }),
        ["deleting"] = () =>
        {
            var mirror = Shop.Mirror(report: r => r with { State = MirrorState.Deleting });
            mirror.Metadata.DeletionTimestamp = Shop.Now.UtcDateTime;
            return mirror;
        },
        ["copy-silent"] = () => Shop.Mirror(report: r => Silent(r) with { Health = MirrorHealth.Warning, Cause = HealthCause.PeerSilent }),
        ["primary-silent"] = () => Shop.Replica(report: r => Silent(r) with { Health = MirrorHealth.Warning, Cause = HealthCause.PeerSilent }),
        ["silent-empty"] = () => Shop.Mirror(s => s with { Snapshots = [] }, r => Silent(r) with { State = MirrorState.Establishing, Health = MirrorHealth.Warning, ProtectedTime = null }),
        ["half-missing"] = () => Shop.Mirror(report: r => r with { Peer = new PeerView { Reachable = true } }),
        ["swapping"] = () => Shop.Replica(
            s => s with
            {
                Sync = Pulling with { Final = true },
                Operation = Running(MirrorOperationType.Reverse, MirrorOperationStage.FinalSync) with
                {
                    Stages = [new(MirrorOperationStage.CatchingUp, null, Shop.Ago(30)), new(MirrorOperationStage.Holding, null, Shop.Ago(20)), new(MirrorOperationStage.FinalSync, null, Shop.Ago(5))],
                },
            },
            r => r with
            {
                State = MirrorState.Reversing,
                Peer = r.Peer! with { Application = ApplicationRun.Stopped, ApplicationSince = Shop.Ago(6) },
                Transfers = [new("shop/data", 3L << 30, 4L << 30, 1L << 30), new("shop/cache", 512L << 20, 512L << 20, 90L << 20), new("shop/media", 0, 0, 0)],
            }),
        ["handed-over"] = () => Shop.Mirror(
            s => s with
            {
                Operation = Running(MirrorOperationType.Reverse, MirrorOperationStage.Forwarded),
                Hold = new MirrorHold("op2", Shop.Now.AddSeconds(40)),
                Application = ApplicationRun.Stopping,
                ApplicationSince = Shop.Ago(2),
            },
            r => r with { State = MirrorState.Reversing, Cause = HealthCause.InTime, Peer = r.Peer! with { OperationId = "op2", OperationStage = nameof(MirrorOperationStage.Holding) } }),
        ["swap-failed"] = () => Shop.Mirror(
            s => s with { History = [.. s.History, Swap(MirrorOperationType.Reverse, succeeded: true), Swap(MirrorOperationType.FailBack, succeeded: false)], Diverged = Aside },
            r => r with { Cause = HealthCause.Late, Health = MirrorHealth.Warning, ProtectedTime = Shop.Ago(400) }),
        ["both-primary"] = () => Shop.Mirror(report: r => r with { Health = MirrorHealth.Critical, Cause = HealthCause.BothPrimary, Peer = r.Peer! with { Role = MirrorRole.Primary } }),
    };

    private static IReadOnlyList<DivergedData> Aside =>
    [
        new($"diverged-{Shop.MirrorId}-e1-1", 1, Shop.Ago(86400)), new($"diverged-{Shop.MirrorId}-e3-2", 3, Shop.Ago(7200)),
        new($"diverged-{Shop.MirrorId}-e4-3", 4, Shop.Ago(3600)) { Covered = true },
    ];

    private static MirrorOperationRecord Swap(MirrorOperationType type, bool succeeded) =>
        new(
            $"swap-{type}", type, Shop.Ago(succeeded ? 7200 : 700), Shop.Ago(succeeded ? 7178.5 : 600), succeeded,
            succeeded ? "shop runs on green from m-4x7k2p9q1z-e1-s2, epoch 2." : "green could not be asked in time to keep shop stopped; it starts again there.")
        {
            DowntimeMs = succeeded ? 9400 : null,
            WireBytes = 88_000_000,
            Stages = Stages(Shop.Ago(succeeded ? 7200 : 700), succeeded),
            Hooks = succeeded ? [new("warm-up", "PostFailOver", "shop/postgres-0/postgres", true, "analyze\nANALYZE")] : [],
        };

    private static IReadOnlyList<MirrorStageEntry> Stages(DateTimeOffset from, bool all) =>
    [
        new(MirrorOperationStage.CatchingUp, null, from), new(MirrorOperationStage.Holding, null, from.AddSeconds(4)),
        .. all
            ? new MirrorStageEntry[]
            {
                new(MirrorOperationStage.FinalSync, null, from.AddSeconds(11)), new(MirrorOperationStage.Promoting, MirrorPromotionStage.MakingLive, from.AddSeconds(13.2)),
                new(MirrorOperationStage.Promoting, MirrorPromotionStage.Applying, from.AddSeconds(13.6)),
                new(MirrorOperationStage.Promoting, MirrorPromotionStage.AwaitingReady, from.AddSeconds(15)), new(MirrorOperationStage.Promoting, MirrorPromotionStage.Hooks, from.AddSeconds(20)),
            }
            : [],
    ];

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
