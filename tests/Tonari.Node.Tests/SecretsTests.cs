using System.Net;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Tonari.Engine;
using Tonari.Kubernetes.Identity;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;
using Tonari.Node.Storage;
using Tonari.Node.Tests.Agent;
using Tonari.Node.Tests.Csi;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Csi;
using Tonari.Testing;

namespace Tonari.Node.Tests;

/// <summary>The cluster's private key, captured Secrets and what Kubernetes hands over as secrets are in no log and no answer, also where things go wrong.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Password = "correct-horse-battery-staple";
    private const string Group = "m-aaaaaaaaaa-e1-s1";
    private const string Volume = "pvc-0b6c9a1e-1111-2222-3333-444455556666";
    private readonly Workshop _workshop = new();
    private readonly SecretWatch _watch = new();
    private readonly ILoggerFactory _logs;
    private readonly ClusterIdentity _identity = ClusterIdentity.Make("test", TimeProvider.System.GetUtcNow());

    public SecretsTests() => _logs = LoggerFactory.Create(l => l.AddProvider(_watch).SetMinimumLevel(LogLevel.Trace));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _logs.Dispose();
        _watch.Dispose();
        _identity.Certificate.Dispose();
        _workshop.Dispose();
    }

    [Fact]
    public async Task An_agent_tells_nothing_of_its_key_or_of_the_resources_that_it_keeps()
    {
        await using var agent = await TestAgent.StartAsync(_workshop, "blue-main", _identity, _logs);
        var client = agent.Client();
        await agent.Pool.Volumes.CreateAsync(new VolumeId(Volume), new ByteCount(16 << 20), Ct);
        await client.TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = Group, VolumeIds = { Volume } });

        await PutAsync(client, "blue-main", Group);
        using (var call = client.GetResources(new GetResourcesRequest { Pool = "blue-main", Name = Group }, cancellationToken: Ct))
        {
            (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
            call.ResponseStream.Current.Data.ToStringUtf8().ShouldContain(Password);
        }
        foreach (var (pool, name) in ((string, string)[])[("missing", Group), ("blue-main", "../x"), ("blue-main", "")])
            await RefusedAsync(() => PutAsync(client, pool, name));
        using var stranger = ClusterIdentity.Make("test", TimeProvider.System.GetUtcNow()).Certificate;
        await RefusedAsync(() => PutAsync(agent.Client(new ClusterIdentity(stranger, ClusterIdentity.FingerprintOf(stranger))), "blue-main", Group));
        await RefusedAsync(() => PutAsync(agent.Client(fingerprint: new string('0', 64)), "blue-main", Group));
        await RefusedAsync(async () =>
        {
            using var pull = client.Pull(new PullRequest { Pool = "blue-main", VolumeId = Volume, To = "m-aaaaaaaaaa-e1-s2", PeerEndpoint = agent.Endpoint, PeerFingerprint = new string('0', 64), DeltaPath = "/x" }, cancellationToken: Ct);
            await pull.ResponseStream.MoveNext(Ct);
        });

        NothingLeaked([Password]);
    }

    public static TheoryData<string, string> BrokenIdentities => new()
    {
        { "another's key", "" },
        { "no key at all", "nothing of the kind" },
        { "half a key", "half" },
        { "a key in a wrong place", "swapped" },
    };

    [Theory]
    [MemberData(nameof(BrokenIdentities))]
    public async Task An_identity_that_cannot_be_used_is_waited_for_and_not_repeated(string what, string how)
    {
        var api = new FakeKubernetesApi();
        var good = _identity.ToSecret("tonari-system");
        var key = good.Data[ClusterIdentity.PrivateKeyKey];
        using var other = ClusterIdentity.Make("other", TimeProvider.System.GetUtcNow()).Certificate;
        var broken = _identity.ToSecret("tonari-system");
        broken.Data[ClusterIdentity.PrivateKeyKey] = how switch
        {
            "" => new ClusterIdentity(other, "").ToSecret("x").Data[ClusterIdentity.PrivateKeyKey],
            "half" => key[..(key.Length / 2)],
            _ => Encoding.UTF8.GetBytes(how),
        };
        if (how == "swapped")
            broken.Data[ClusterIdentity.CertificateKey] = key;
        api.Seed(broken);
        var readiness = new Readiness();
        using var server = new AgentServer(
            new NodeOptions("blue", _workshop.Root, _workshop.Root, new IPEndPoint(IPAddress.Loopback, 0), 0, "tonari-system"), api, new PoolCatalog(),
            new VolumeLocks(TimeProvider.System), new NodeCounters(), readiness, TimeProvider.System, _logs, _logs.CreateLogger<AgentServer>());

        await server.StartAsync(Ct);
        await Eventually.TrueAsync(() => _watch.Count > 0, $"{what} to be told");
        api.Seed(good);
        await Eventually.TrueAsync(() => readiness.AgentListens, "the agent to go on");
        await server.StopAsync(Ct);

        NothingLeaked(KeyLines(new ClusterIdentity(other, "")));
    }

    [Fact]
    public async Task The_driver_tells_nothing_of_the_secrets_that_requests_carry()
    {
        var driver = new CsiDriver(_watch);
        await driver.InitializeAsync();
        try
        {
            var secrets = new Dictionary<string, string> { ["token"] = Password };
            var order = new CreateVolumeRequest { Name = "data", CapacityRange = new CapacityRange { RequiredBytes = 64 << 20 }, VolumeCapabilities = { CsiDriver.Mount() }, Secrets = { secrets } };
            var volume = (await driver.Controller.CreateVolumeAsync(order)).Volume.VolumeId;
            await RefusedAsync(() => driver.Controller.CreateVolumeAsync(new CreateVolumeRequest(order) { CapacityRange = new CapacityRange { RequiredBytes = 1L << 60 } }).ResponseAsync);
            await RefusedAsync(() => driver.Controller.CreateVolumeAsync(new CreateVolumeRequest(order) { Name = "" }).ResponseAsync);
            var staging = driver.NewPath("staging");
            var stage = new NodeStageVolumeRequest { VolumeId = volume, StagingTargetPath = staging, VolumeCapability = CsiDriver.Mount(), Secrets = { secrets } };
            await driver.Node.NodeStageVolumeAsync(stage);
            await RefusedAsync(() => driver.Node.NodeStageVolumeAsync(new NodeStageVolumeRequest(stage) { VolumeId = "missing" }).ResponseAsync);
            var publish = new NodePublishVolumeRequest { VolumeId = volume, StagingTargetPath = staging, TargetPath = driver.NewPath("target"), VolumeCapability = CsiDriver.Mount(), Secrets = { secrets } };
            await driver.Node.NodePublishVolumeAsync(publish);
            await RefusedAsync(() => driver.Node.NodePublishVolumeAsync(new NodePublishVolumeRequest(publish) { StagingTargetPath = "/nowhere" }).ResponseAsync);
            await RefusedAsync(() => driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "s", SourceVolumeId = "missing", Secrets = { secrets } }).ResponseAsync);
            await RefusedAsync(() => driver.Controller.DeleteVolumeAsync(new Rpc.Csi.DeleteVolumeRequest { VolumeId = volume, Secrets = { secrets } }).ResponseAsync);
            await driver.UnpublishAsync(volume, publish.TargetPath);
            await driver.UnstageAsync(volume, staging);
            await driver.Controller.DeleteVolumeAsync(new Rpc.Csi.DeleteVolumeRequest { VolumeId = volume, Secrets = { secrets } });
        }
        finally
        {
            await driver.DisposeAsync();
        }

        NothingLeaked([Password]);
    }

    private static async Task PutAsync(Rpc.Agent.Agent.AgentClient client, string pool, string name)
    {
        using var put = client.PutResources(cancellationToken: Ct);
        var secret = $$"""{ "kind": "Secret", "stringData": { "password": "{{Password}}" } }""";
        try
        {
            await put.RequestStream.WriteAsync(new ResourcesPiece { Pool = pool, Name = name, Data = ByteString.CopyFromUtf8(secret) }, Ct);
            await put.RequestStream.CompleteAsync();
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // The connection was closed before everything was written; the answer says why.
        }

        await put;
    }

    private async Task RefusedAsync(Func<Task> act) => _watch.Shown((await Should.ThrowAsync<RpcException>(act)).ToString());

    private void NothingLeaked(IEnumerable<string> secrets)
    {
        _watch.Count.ShouldBeGreaterThan(1);
        _watch.Leaks([Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)), .. secrets, .. KeyLines(_identity)]).ShouldBeEmpty();
    }

    // The last line may be as short as a padding; the whole lines are the key.
    private static IEnumerable<string> KeyLines(ClusterIdentity identity) =>
        Encoding.UTF8.GetString(identity.ToSecret("x").Data[ClusterIdentity.PrivateKeyKey]).Split('\n').Where(line => line.Length > 40 && !line.StartsWith('-'));
}
