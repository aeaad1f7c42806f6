using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Tests.Fixtures;

/// <summary>The objects of a small world: the application shop, replicated from blue to green.</summary>
internal static class Example
{
    public const string MirrorId = "4x7k2p9q1z";
    public static readonly DateTimeOffset Now = TestCli.Start;

    public static readonly string BlueFingerprint = new('b', 64);

    public static string Snapshot(int sequence, int epoch = 1) => SnapshotNames.Group(MirrorId, epoch, sequence);

    public static DateTimeOffset Ago(double seconds) => Now.AddSeconds(-seconds);

    public static V1ConfigMap Info(string cluster = "blue") => new()
    {
        Metadata = new V1ObjectMeta { Name = PairingObjects.InfoName, NamespaceProperty = WellKnown.SystemNamespace },
        Data = new Dictionary<string, string>
        {
            [PairingObjects.InfoClusterName] = cluster,
            [PairingObjects.InfoPeerEndpoint] = $"{cluster}.example:7443",
            [PairingObjects.InfoFingerprint] = BlueFingerprint,
            [PairingObjects.InfoVersion] = "0.1.0",
        },
    };

    public static ClusterPeer Peer(string name = "green", bool reachable = true) => new()
    {
        Metadata = Meta(name, null),
        Spec = new ClusterPeerSpec { Endpoint = $"{name}.example:7443", Fingerprint = new string('a', 64) },
        Status = new ClusterPeerStatus
        {
            Reachable = reachable,
            ClusterName = name,
            Version = "0.1.0",
            RoundTripMs = 3,
            ClockSkewMs = -12,
            LastContactTime = Ago(reachable ? 2 : 900),
            Message = reachable ? $"{name} answers." : $"{name} does not answer: connection refused.",
        },
    };

    public static StoragePool Pool(string name, StoragePoolState state = StoragePoolState.Managed, int volumes = 2, string? reason = null) => new()
    {
        Metadata = Meta(name, null),
        Spec = new StoragePoolSpec { Managed = state == StoragePoolState.Managed },
        Status = new StoragePoolStatus
        {
            Node = "blue",
            Path = "/var/lib/tonari/pools/main",
            PoolId = "5d0c7e1a",
            Substrate = state == StoragePoolState.Unusable ? null : "btrfs",
            Usable = state != StoragePoolState.Unusable,
            State = state,
            Reason = reason,
            CapacityBytes = 30L << 30,
            UsedBytes = 4509715661,
            Volumes = volumes,
            HeartbeatTime = Ago(7),
        },
    };

    public static Application App(string name = "shop", bool replicable = true) => new()
    {
        Metadata = Meta(name, "shop"),
        Spec = new ApplicationSpec
        {
            Namespaces =
            [
                new ApplicationNamespace { Name = "shop", Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "web" } } },
                new ApplicationNamespace { Name = "shop-db" },
            ],
        },
        Status = new ApplicationStatus
        {
            Resources = 14,
            Mirrors = ["shop"],
            Message = replicable ? "All volumes can be replicated." : "1 of 2 volumes cannot be replicated.",
            Volumes =
            [
                new ApplicationVolume
                {
                    Namespace = "shop", Claim = "data", VolumeId = "pvc-1", Pool = "blue-main", Node = "blue", SizeBytes = 8L << 30, StorageClass = "tonari", Replicable = true,
                },
                new ApplicationVolume
                {
                    Namespace = "shop", Claim = "cache", SizeBytes = 1L << 30, StorageClass = replicable ? "tonari" : "hostpath", Pool = replicable ? "blue-main" : null,
                    Replicable = replicable, Reason = replicable ? null : "its storage class hostpath is not Tonari's; make it with the class tonari",
                },
            ],
        },
    };

    public static AppSnapshot AppSnapshot(string name, AppSnapshotPhase phase, string application = "shop") => new()
    {
        Metadata = Meta(name, "shop"),
        Spec = new AppSnapshotSpec { Application = application },
        Status = new AppSnapshotStatus
        {
            Phase = phase,
            Name = phase == AppSnapshotPhase.Ready ? "s-" + name : null,
            Pool = "blue-main",
            TakenTime = phase == AppSnapshotPhase.Ready ? Ago(300) : null,
            FrozenMs = phase == AppSnapshotPhase.Ready ? 21 : 0,
            SizeBytes = phase == AppSnapshotPhase.Ready ? 9L << 30 : 0,
            Volumes = phase == AppSnapshotPhase.Ready ? 2 : 0,
            Message = phase == AppSnapshotPhase.Failed ? "The file system of shop/data could not be frozen within 5s." : "Complete.",
        },
    };

    public static ExecHook Hook() => new()
    {
        Metadata = Meta("checkpoint", "shop"),
        Spec = new ExecHookSpec
        {
            Application = "shop",
            Stages = [HookStage.PreSnapshot, HookStage.PreFailOver],
            Weight = 10,
            Command = ["psql", "-c", "CHECKPOINT"],
        },
        Status = new ExecHookStatus { LastRunTime = Ago(45), Message = "Ran in 1 container." },
    };

    /// <summary>A healthy mirror on the primary's side, blue.</summary>
    public static AppMirror Mirror(Func<AppMirrorSpec, AppMirrorSpec>? spec = null, Func<MirrorStatus, MirrorStatus>? status = null, string name = "shop") => new()
    {
        Metadata = Meta(name, "shop"),
        Spec = (spec ?? (s => s))(new AppMirrorSpec
        {
            Application = name,
            Peer = "green",
            MirrorId = MirrorId,
            Schedule = GoDuration.FromMinutes(1),
            WantedRpo = GoDuration.FromMinutes(5),
        }),
        Status = new AppMirrorStatus
        {
            Mirror = (status ?? (s => s))(Healthy),
            State = MirrorState.Established,
            Health = MirrorHealth.Normal,
            Message = "The newest complete group snapshot is 40 s old.",
            ProtectedTime = Ago(40),
            Peer = new PeerView
            {
                Reachable = true,
                HasMirror = true,
                Role = MirrorRole.Secondary,
                Epoch = 1,
                Snapshots = [Snapshot(1), Snapshot(2)],
                Application = ApplicationRun.Stopped,
            },
        },
    };

    /// <summary>The same seen from green.</summary>
    public static AppMirror Replica(Func<AppMirrorSpec, AppMirrorSpec>? spec = null, Func<MirrorStatus, MirrorStatus>? status = null)
    {
        var mirror = Mirror(s => (spec ?? (x => x))(s with { Peer = "blue", InitialRole = MirrorRole.Secondary }), s =>
            (status ?? (x => x))(s with { Role = MirrorRole.Secondary, Application = ApplicationRun.Unknown, ApplicationSince = null }));
        mirror.Status = mirror.Status! with { Peer = mirror.Status.Peer! with { Role = MirrorRole.Primary, Application = ApplicationRun.Running } };
        return mirror;
    }

    public static MirrorOperationRecord Record(string id, MirrorOperationType type, bool succeeded = true, string message = "All went well.") =>
        new(id, type, Ago(8.5), Ago(0), succeeded, message);

    private static MirrorStatus Healthy => new()
    {
        Role = MirrorRole.Primary,
        Epoch = 1,
        HighestEpochSeen = 1,
        Application = ApplicationRun.Running,
        ApplicationSince = Ago(7200),
        Snapshots =
        [
            new MirrorSnapshot(Snapshot(1), Ago(100), Ago(98)) { FrozenMs = 31 },
            new MirrorSnapshot(Snapshot(2), Ago(40), Ago(38.5)) { FrozenMs = 24 },
            new MirrorSnapshot(Snapshot(3), Ago(2), Ago(2)) { FrozenMs = 26 },
        ],
        Volumes = [new MirrorVolume("shop/data", "pvc-1", "blue-main", 8L << 30, "tonari"), new MirrorVolume("shop/cache", "pvc-2", "blue-main", 1L << 30, "tonari")],
        History =
        [
            new MirrorOperationRecord(Snapshot(1), MirrorOperationType.Sync, Ago(100), Ago(98), true, "Committed.") { Snapshot = Snapshot(1), WireBytes = 1_234_567 },
            new MirrorOperationRecord("op1", MirrorOperationType.Reverse, Ago(90), Ago(80.5), true, "green is primary now.") { DowntimeMs = 4210, WireBytes = 88_000 },
            new MirrorOperationRecord("op2", MirrorOperationType.Sync, Ago(50), Ago(49), false, "green cannot be reached."),
        ],
    };

    private static V1ObjectMeta Meta(string name, string? ns) =>
        new() { Name = name, NamespaceProperty = ns, CreationTimestamp = Now.AddHours(-3).UtcDateTime };
}
