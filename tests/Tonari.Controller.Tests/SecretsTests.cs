using System.Text;
using Google.Protobuf.WellKnownTypes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Tonari.Controller.Peers;
using Tonari.Controller.Snapshots;
using Tonari.Controller.Tests.Mirrors.Steps;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Pairing;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Testing;

namespace Tonari.Controller.Tests;

/// <summary>What is secret in captured resources and in pairings is in no log, status, event or answer, also where things go wrong.</summary>
public sealed class SecretsTests
{
    private const string Name = "m-abcdefghij-e1-s2";
    private const string Password = "correct-horse-battery-staple";
    private const string Note = "annotated-donkey-accumulator";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static readonly string Encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Password));

    private static readonly string Secret = $$"""
        { apiVersion: v1, kind: Secret, metadata: { name: db, namespace: shop, labels: { app: shop }, annotations: { note: {{Note}} } }, data: { password: {{Encoded}} }, type: Opaque }
        """;

    [Fact]
    public async Task Receiving_and_applying_a_capture_tells_nothing_of_its_secrets()
    {
        using var watch = new SecretWatch();
        using var stage = Stage(watch, Secret);

        watch.Shown((await stage.RunAsync(new PullGroup(Name, null))).ToString());
        stage.Agents["green-main"].AddGroup(Name, stage.Peer.Resources);
        watch.Shown((await stage.RunAsync(new ApplyResources(Name))).ToString());

        stage.Api.All().ShouldContain(o => o.Kind() == "Secret");
        NothingLeaked(watch);
    }

    [Theory]
    [InlineData("""Secret in version "v1" cannot be handled as a Secret: error found in #10 byte of ...|rd":"{0}"|..., bigger context ...|{"password":"{0}"}|...""")]
    [InlineData("admission webhook \"policy.example.org\" denied the request: password {1} is too weak")]
    public async Task A_secret_that_the_API_server_refuses_and_repeats_is_not_repeated_here(string words)
    {
        using var watch = new SecretWatch();
        using var stage = Stage(watch, Secret);
        stage.Agents["green-main"].AddGroup(Name, stage.Peer.Resources);
        stage.Api.OnRequest = r =>
        {
            if (r.Verb == "patch" && r.Name == "db")
                throw new ResourceInvalidException(words.Replace("{0}", Encoded).Replace("{1}", Password), System.Net.HttpStatusCode.UnprocessableEntity, "Invalid");
        };

        var result = (await stage.RunAsync(new ApplyResources(Name))).ShouldBeOfType<StepResult.Failed>();
        watch.Shown(result.Message);

        result.Message.ShouldContain("Secret shop-dr/db");
        NothingLeaked(watch);
    }

    [Fact]
    public async Task A_capture_that_is_refused_or_damaged_tells_nothing_of_its_secrets()
    {
        using var watch = new SecretWatch();
        foreach (var spoil in (string[])["namespace: bank", "namespace: kube-system"])
        {
            using var stage = Stage(watch, Secret.Replace("namespace: shop", spoil));
            stage.Peers[0].Spec = stage.Peers[0].Spec with { AllowedNamespaces = ["shop-dr"] };
            watch.Shown((await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message);
        }
        foreach (var spoil in (string[])["\"data\":7", "\"data\":[", "\"metadata\":\"x\""])
        {
            using var stage = Stage(watch, Secret);
            stage.Peer.Resources = Zipped($$"""{"objects":[{"apiVersion":"v1","kind":"Secret","password":"{{Encoded}}",{{spoil}}}]}""");
            watch.Shown((await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message);
        }

        NothingLeaked(watch);
    }

    [Fact]
    public async Task Taking_a_snapshot_tells_nothing_of_the_secrets_it_captures()
    {
        using var watch = new SecretWatch();
        using var loggers = LoggerFactory.Create(l => l.AddProvider(watch).SetMinimumLevel(LogLevel.Trace));
        var api = new FakeKubernetesApi();
        api.SeedShop();
        api.SeedVolume("data");
        api.SeedPool("blue-main", TimeProvider.System);
        api.SeedYaml(Secret);
        var agent = new Support.FakeAgent();
        var service = new GroupSnapshotService(
            api, new ApplicationCapture(api, TimeProvider.System), new HookRunner(api), agent, new PeerSelf("blue", "b:1", "0.1.0", ""), loggers.CreateLogger<GroupSnapshotService>());

        watch.Shown((await service.TakeAsync(Wanted("s1"), Ct)).ToString());
        agent.Refuse = new Grpc.Core.Status(Grpc.Core.StatusCode.FailedPrecondition, "Freezing took too long.");
        watch.Shown((await Should.ThrowAsync<SnapshotRefusedException>(() => service.TakeAsync(Wanted("s2"), Ct))).ToString());

        Encoding.UTF8.GetString(Unzipped(agent.Resources["s1"])).ShouldContain(Encoded);
        NothingLeaked(watch);
    }

    [Fact]
    public async Task A_pairing_tells_nothing_of_its_token_whether_it_succeeds_or_not()
    {
        using var watch = new SecretWatch();
        await using var blue = await TestCluster.StartAsync("blue", Ct);
        await using var green = await TestCluster.StartAsync("green", Ct);
        await using var red = await TestCluster.StartAsync("red", Ct);
        var tokens = (PairingToken[])[blue.Invite(TimeSpan.FromHours(1)), blue.Invite(TimeSpan.FromHours(1)), blue.Invite(TimeSpan.FromMinutes(-1))];

        List<V1Secret> joins =
        [
            await green.JoinAsync(tokens[0], Ct), await red.JoinAsync(tokens[0], Ct), await red.JoinAsync(tokens[2], Ct),
            await red.JoinAsync(tokens[1] with { Fingerprint = new string('1', 64) }, Ct), await blue.JoinAsync(tokens[1], Ct),
        ];

        foreach (var cluster in (TestCluster[])[blue, green, red])
        {
            foreach (var line in cluster.Log.Lines)
                watch.Shown(line);
            foreach (var value in cluster.Api.All().Where(o => o.Kind() != "Secret"))
                watch.Shown(value.ToJsonString());
        }
        foreach (var join in joins)
            watch.Shown(string.Join(' ', join.Metadata.Annotations.Values));
        watch.Count.ShouldBeGreaterThan(10);
        watch.Leaks([.. tokens.SelectMany(t => (string[])[t.Secret, t.Encode()])]).ShouldBeEmpty();
    }

    private static WantedGroup Wanted(string name) => new("shop", "shop", name, _ => true, IsLast: false);

    private static void NothingLeaked(SecretWatch watch)
    {
        watch.Count.ShouldBeGreaterThan(0);
        watch.Leaks(Password, Encoded, Note).ShouldBeEmpty();
    }

    private static StepStage Stage(SecretWatch watch, string objects)
    {
        var taken = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var manifest = new SnapshotManifest { Name = Name, TakenAt = taken.ToTimestamp(), FrozenFor = new Duration() };
        manifest.Volumes.Add(new ManifestVolume { Key = "shop/data", VolumeId = "pvc-1", SizeBytes = 4096 });
        var stage = new StepStage(watch);
        stage.Peer.Manifest = manifest;
        stage.Peer.Resources = new CapturedResources { SourceCluster = "blue", Objects = YamlJson.ParseAll(objects) }.ToBytes();
        stage.Status = stage.Status with { Sync = new MirrorSync { Name = Name, Stage = MirrorSyncStage.Pulling, StartedAt = taken, TakenAt = taken } };
        return stage;
    }

    private static byte[] Zipped(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private static byte[] Unzipped(byte[] bytes)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress);
        using var all = new MemoryStream();
        gzip.CopyTo(all);
        return all.ToArray();
    }
}
