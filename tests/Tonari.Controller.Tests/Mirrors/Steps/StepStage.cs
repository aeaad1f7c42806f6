using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>The real executor with its real handlers, put together as the controller does, on an API server, an agent and a neighbour in memory.</summary>
internal sealed class StepStage : IAgentDirectory, IPools, IPeerClients, IPeerDirectory, IPreflight, IMirrorStore, IDisposable
{
    public const string Id = "abcdefghij";

    private readonly ServiceProvider _services;

    /// <param name="logs">Is told what is logged.</param>
    public StepStage(ILoggerProvider? logs = null)
    {
        Api = new FakeKubernetesApi(Time);
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            logging.ClearProviders().SetMinimumLevel(LogLevel.Trace);
            if (logs is not null)
                logging.AddProvider(logs);
        });
        services.AddSingleton<IKubernetesApi>(Api);
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IAgentDirectory>(this);
        services.AddSingleton<IPools>(this);
        services.AddSingleton<IPeerClients>(this);
        services.AddSingleton<IPeerDirectory>(this);
        services.AddSingleton<IPreflight>(this);
        services.AddSingleton<IMirrorStore>(this);
        services.AddSingleton(new PeerSelf("green", "green:7443", "0.1.0", new string('b', 64)));
        services.AddMirrors();
        _services = services.BuildServiceProvider();
        Effects = _services.GetRequiredService<IMirrorEffects>();
        Pool("green-main", free: 1 << 20);
        Peers.Add(new ClusterPeer
        {
            Metadata = new V1ObjectMeta { Name = "blue" },
            Spec = new ClusterPeerSpec { Endpoint = "blue:7443", Fingerprint = new string('a', 64) },
        });
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };

    public FakeKubernetesApi Api { get; }

    public IMirrorEffects Effects { get; }

    public FakePeer Peer { get; } = new();

    public Dictionary<string, FakeAgent> Agents { get; } = [];

    public List<StoragePool> Pools { get; } = [];

    public List<ClusterPeer> Peers { get; } = [];

    public PreflightResult Preflight { get; set; } = new([], []);

    public AppMirrorSpec Spec { get; set; } = new()
    {
        Application = "shop",
        Peer = "blue",
        MirrorId = Id,
        InitialRole = MirrorRole.Secondary,
        NamespaceMapping = new Dictionary<string, string> { ["shop"] = "shop-dr" },
    };

    public MirrorStatus Status { get; set; } = new() { Role = MirrorRole.Secondary, Epoch = 1, HighestEpochSeen = 1 };

    public IReadOnlyList<MirrorTransfer> Progress { get; private set; } = [];

    event Action<AppMirror>? IMirrorStore.Changed
    {
        add { }
        remove { }
    }

    /// <summary>The other mirrors of this cluster.</summary>
    public List<AppMirror> OtherMirrors { get; } = [];

    IReadOnlyList<AppMirror> IMirrorStore.All => OtherMirrors;

    Task<AppMirror?> IMirrorStore.UpdateAsync(string @namespace, string name, Func<AppMirror, MirrorStatus, MirrorStatus?> change, CancellationToken ct) =>
        throw new NotSupportedException("Steps do not write the status.");

    public MirrorVerificationProgress? Compared { get; private set; }

    IReadOnlyList<StoragePool> IPools.All => Pools;

    IReadOnlyList<ClusterPeer> IPeerDirectory.All => Peers;

    public FakeAgent Pool(string name, long free, bool managed = true)
    {
        Pools.Add(new StoragePool
        {
            Metadata = new V1ObjectMeta { Name = name },
            Spec = new StoragePoolSpec { Managed = managed },
            Status = new StoragePoolStatus { Usable = true, CapacityBytes = free },
        });
        return Agents[name] = new FakeAgent(name);
    }

    public Task<StepResult> RunAsync(MirrorStep step)
    {
        var mirror = new AppMirror { Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop-dr", Uid = "u1" }, Spec = Spec };
        var policy = MirrorPolicyMapper.Map(mirror, "green").Policy!;
        var context = new StepContext(new MirrorReading(policy, Status, null, "1", mirror), policy, new Sink(this)) { Verification = new ComparedSink(this) };
        return Effects.RunAsync(step, context, TestContext.Current.CancellationToken);
    }

    public AgentConnection Find(string pool) => Agents.TryGetValue(pool, out var agent)
        ? new AgentConnection("green:7444", "green", agent, null!)
        : throw new AgentUnavailableException($"There is no StoragePool {pool}.");

    public IPeerClient For(string peerName) => Peer;

    public Task<PreflightResult> RunAsync(PreflightQuestion question, CancellationToken ct) => Task.FromResult(Preflight);

    public void Dispose() => _services.Dispose();

    private sealed class Sink(StepStage stage) : IProgress<IReadOnlyList<MirrorTransfer>>
    {
        public void Report(IReadOnlyList<MirrorTransfer> value) => stage.Progress = value;
    }

    private sealed class ComparedSink(StepStage stage) : IProgress<MirrorVerificationProgress>
    {
        public void Report(MirrorVerificationProgress value) => stage.Compared = value;
    }
}
