using k8s.Models;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Web.Tests.Support;

/// <summary>A small world: the application shop, replicated from blue to green, as blue sees it.</summary>
internal static class Shop
{
    public const string MirrorId = "4x7k2p9q1z";

    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset Ago(double seconds) => Now.AddSeconds(-seconds);

    public static string Group(int sequence, int epoch = 1) => SnapshotNames.Group(MirrorId, epoch, sequence);

    public static void Seed(FakeKubernetesApi api)
    {
        api.Seed(Mirror());
        api.Seed(App());
        api.Seed(Peer());
        api.Seed(Pool());
        api.Seed(Class("tonari", "tonari.dev", isDefault: true));
        api.Seed(Class("hostpath", "example.com/hostpath"));
        api.Seed(new ExecHook { Metadata = Meta("checkpoint", "shop"), Spec = new ExecHookSpec { Stages = [HookStage.PreSnapshot], Command = ["psql", "-c", "checkpoint"] } });
        api.Seed(new AppSnapshot
        {
            Metadata = Meta("before", "shop"),
            Spec = new AppSnapshotSpec { Application = "shop" },
            Status = new AppSnapshotStatus { Phase = AppSnapshotPhase.Ready, TakenTime = Ago(300), FrozenMs = 21, Volumes = 2 },
        });
    }

    public static AppMirror Mirror(
        Func<MirrorStatus, MirrorStatus>? status = null, Func<AppMirrorStatus, AppMirrorStatus>? report = null, Func<AppMirrorSpec, AppMirrorSpec>? spec = null,
        string name = "shop", string ns = "shop") => new()
        {
            Metadata = Meta(name, ns),
            Spec = (spec ?? (s => s))(new AppMirrorSpec
            {
                Application = name,
                Peer = "green",
                MirrorId = MirrorId,
                Schedule = GoDuration.FromMinutes(1),
                WantedRpo = GoDuration.FromMinutes(5),
            }),
            Status = (report ?? (r => r))(new AppMirrorStatus
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
                    Snapshots = [Group(1), Group(2)],
                    Application = ApplicationRun.Stopped,
                },
            }),
        };

    /// <summary>The mirror as the secondary has it: blue receives from green.</summary>
    public static AppMirror Replica(Func<MirrorStatus, MirrorStatus>? status = null, Func<AppMirrorStatus, AppMirrorStatus>? report = null) => Mirror(
        s => (status ?? (x => x))(s with { Role = MirrorRole.Secondary, Application = ApplicationRun.Unknown, ApplicationSince = null }),
        r => (report ?? (x => x))(r with { Peer = r.Peer! with { Role = MirrorRole.Primary, Application = ApplicationRun.Running } }),
        s => s with { InitialRole = MirrorRole.Secondary });

    public static Application App(string name = "shop", string ns = "shop") => new()
    {
        Metadata = Meta(name, ns),
        Status = new ApplicationStatus
        {
            Resources = 14,
            Message = "All volumes can be replicated.",
            Volumes =
            [
                new ApplicationVolume { Namespace = ns, Claim = "data", VolumeId = "pvc-1", Pool = "blue-main", SizeBytes = 8L << 30, StorageClass = "tonari", Replicable = true },
            ],
        },
    };

    public static ClusterPeer Peer(string name = "green", bool reachable = true) => new()
    {
        Metadata = Meta(name, null),
        Spec = new ClusterPeerSpec { Endpoint = $"{name}.example:7443", Fingerprint = new string('a', 64) },
        Status = new ClusterPeerStatus { Reachable = reachable, ClusterName = name, Version = "0.1.0", RoundTripMs = 3, LastContactTime = Ago(2), Message = "green answers." },
    };

    public static StoragePool Pool(string name = "blue-main", bool managed = true, bool usable = true, int volumes = 2) => new()
    {
        Metadata = Meta(name, null),
        Spec = new StoragePoolSpec { Managed = managed },
        Status = new StoragePoolStatus
        {
            Node = "blue",
            Path = "/var/lib/tonari/pools/main",
            Substrate = usable ? "btrfs" : null,
            Usable = usable,
            State = !usable ? StoragePoolState.Unusable : managed ? StoragePoolState.Managed : StoragePoolState.Discovered,
            Reason = usable ? null : "ext4 has no reflinks; make it btrfs or XFS.",
            CapacityBytes = 30L << 30,
            UsedBytes = 4509715661,
            Volumes = volumes,
            HeartbeatTime = Ago(7),
        },
    };

    /// <summary>A managed pool of which a file is damaged.</summary>
    public static StoragePool Damaged(string name, string sentence)
    {
        var pool = Pool(name);
        pool.Status = pool.Status! with
        {
            Reason = "One file of the pool cannot be used.",
            Conditions = Condition.Set([], StoragePoolStatus.DamagedCondition, true, "FilesDamaged", sentence, Now),
        };
        return pool;
    }

    public static V1StorageClass Class(string name, string provisioner, bool isDefault = false) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = name,
            Annotations = isDefault ? new Dictionary<string, string> { ["storageclass.kubernetes.io/is-default-class"] = "true" } : null,
        },
        Provisioner = provisioner,
    };

    private static MirrorStatus Healthy => new()
    {
        Role = MirrorRole.Primary,
        Epoch = 1,
        HighestEpochSeen = 1,
        Application = ApplicationRun.Running,
        ApplicationSince = Ago(7200),
        Snapshots =
        [
            new MirrorSnapshot(Group(1), Ago(100), Ago(98)) { FrozenMs = 31 },
            new MirrorSnapshot(Group(2), Ago(40), Ago(38.5)) { FrozenMs = 24 },
            new MirrorSnapshot(Group(3), Ago(2), Ago(2)) { FrozenMs = 26 },
        ],
        Volumes = [new MirrorVolume("shop/data", "pvc-1", "blue-main", 8L << 30, "tonari")],
        History =
        [
            new MirrorOperationRecord(Group(1), MirrorOperationType.Sync, Ago(100), Ago(98), true, "Committed.") { Snapshot = Group(1), WireBytes = 1_234_567 },
            new MirrorOperationRecord("op1", MirrorOperationType.Reverse, Ago(90), Ago(80.5), false, "green cannot be reached."),
        ],
    };

    public static V1ObjectMeta Meta(string name, string? ns) => new() { Name = name, NamespaceProperty = ns, CreationTimestamp = Now.AddHours(-3).UtcDateTime };
}
