using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tonari.Controller.Hosting;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Hosting;

/// <summary>The whole program, put together as it runs, before API servers in memory.</summary>
public sealed class ControllerTests
{
    private const string Ns = "tonari-system";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_controllers_pair_by_objects_alone_and_then_answer_each_other()
    {
        await using var blue = await Running.StartAsync("blue");
        await using var green = await Running.StartAsync("green");
        var info = await blue.EventuallyAsync(() => blue.Api.FindAsync<V1ConfigMap>(Ns, PairingObjects.InfoName, Ct), _ => true);
        var token = Tokens.New(
            info.Data[PairingObjects.InfoPeerEndpoint], info.Data[PairingObjects.InfoFingerprint], TimeProvider.System.GetUtcNow().AddHours(1));

        await blue.Api.CreateAsync(PairingObjects.Invite(Ns, "x1", token), Ct);
        await green.Api.CreateAsync(PairingObjects.Join(Ns, "x1", token), Ct);

        await green.EventuallyAsync(() => green.Api.FindAsync<ClusterPeer>(null, "blue", Ct), p => p.Status is { Reachable: true, ClusterName: "blue" });
        await blue.EventuallyAsync(() => blue.Api.FindAsync<ClusterPeer>(null, "green", Ct), p => p.Status is { Reachable: true, ClusterName: "green" });
        blue.State.IsReady.ShouldBeTrue();
        var metrics = blue.State.Metrics(new Dictionary<ApiRequestSort, long> { [new("list", "pods")] = 3 }, TimeProvider.System.GetUtcNow());
        metrics.ShouldContain("tonari_peer_reachable{peer=\"green\"} 1");
        metrics.ShouldContain("tonari_kubernetes_requests_total{verb=\"list\",resource=\"pods\"} 3");
    }

    [Fact]
    public async Task A_controller_that_is_started_again_keeps_its_identity_and_leads_at_once()
    {
        var api = new FakeKubernetesApi();
        await using (var first = await Running.StartAsync("blue", api))
            await first.EventuallyAsync(() => Task.FromResult<object?>(first.State.IsReady ? first : null), _ => true);
        var identity = await ClusterIdentity.FindAsync(api, Ns, Ct);

        await using var second = await Running.StartAsync("blue", api);
        await second.EventuallyAsync(() => Task.FromResult<object?>(second.State.IsReady ? second : null), _ => true);

        (await ClusterIdentity.FindAsync(api, Ns, Ct))!.Fingerprint.ShouldBe(identity!.Fingerprint);
    }

    [Fact]
    public async Task A_mirror_is_taken_up_and_says_what_stands_in_its_way()
    {
        await using var blue = await Running.StartAsync("blue");
        await blue.Api.CreateAsync(
            new AppMirror
            {
                Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" },
                Spec = new AppMirrorSpec { Application = "shop", Peer = "green" },
            },
            Ct);

        var mirror = await blue.EventuallyAsync(() => blue.Api.FindAsync<AppMirror>("shop", "shop", Ct), m => m.Status?.Mirror.Problems.Count > 1);

        mirror.Spec.MirrorId!.Length.ShouldBe(10);
        mirror.Status!.Mirror.Problems.Select(p => p.Reason).ShouldContain("PeerUnknown");
        mirror.Status.Mirror.Problems.Select(p => p.Reason).ShouldContain("ApplicationMissing");
    }

    [Fact]
    public async Task An_application_is_described_and_a_snapshot_says_why_it_cannot_be_taken()
    {
        await using var blue = await Running.StartAsync("blue");
        blue.Api.SeedShop();
        blue.Api.SeedVolume("data");
        await blue.Api.CreateAsync(
            new AppSnapshot { Metadata = new V1ObjectMeta { Name = "s", NamespaceProperty = "shop" }, Spec = new AppSnapshotSpec { Application = "shop" } }, Ct);

        var application = await blue.EventuallyAsync(() => blue.Api.FindAsync<Application>("shop", "shop", Ct), a => a.Status is { Volumes.Count: 1 });
        application.Status!.Volumes[0].Replicable.ShouldBeTrue();
        var snapshot = await blue.EventuallyAsync(() => blue.Api.FindAsync<AppSnapshot>("shop", "s", Ct), s => s.Status?.Message?.Contains("StoragePool") == true);
        snapshot.Status!.Phase.ShouldBe(AppSnapshotPhase.Taking);
    }

    [Fact]
    public async Task The_REST_API_answers_those_it_knows_with_the_clusters_own_certificate()
    {
        await using var blue = await Running.StartAsync("blue");
        blue.Api.OnReview = review => review.Kind() == "TokenReview"
            ? new JsonObject { ["authenticated"] = true, ["user"] = new JsonObject { ["username"] = "eve" } }
            : new JsonObject { ["allowed"] = true };
        blue.Api.SeedShop();
        using var handler = new HttpClientHandler();
        string? shown = null;
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
        {
            shown = ClusterIdentity.FingerprintOf(certificate!);
            return true;
        };
        using var client = new HttpClient(handler);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "x");

        var text = await blue.EventuallyAsync(() => GetAsync(client, $"https://127.0.0.1:{blue.WebPort}/api/v1/applications"), t => t.Contains("shop", StringComparison.Ordinal));

        JsonNode.Parse(text)!.AsArray()[0]!["name"].Text().ShouldBe("shop");
        shown.ShouldBe((await ClusterIdentity.FindAsync(blue.Api, Ns, Ct))!.Fingerprint);
    }

    // Null while nothing listens yet.
    private static async Task<string?> GetAsync(HttpClient client, string address)
    {
        try
        {
            return await client.GetStringAsync(address, Ct);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private sealed class Running : IAsyncDisposable, IHostApplicationLifetime
    {
        private readonly LogBook _log = new();
        private readonly ILoggerFactory _loggers;
        private readonly ControllerService _service;

        private Running(string name, FakeKubernetesApi api)
        {
            Api = api;
            _loggers = LoggerFactory.Create(l => l.AddProvider(_log));
            var port = TestCluster.FreePort();
            _service = new ControllerService(
                new ControllerOptions(name, $"127.0.0.1:{port}", port, 0, WebPort, Ns), api, State, TimeProvider.System, _loggers, this, _loggers.CreateLogger<ControllerService>());
        }

        public FakeKubernetesApi Api { get; }

        public int WebPort { get; } = TestCluster.FreePort();

        public ControllerState State { get; } = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public static async Task<Running> StartAsync(string name, FakeKubernetesApi? api = null)
        {
            var running = new Running(name, api ?? new FakeKubernetesApi());
            await running._service.StartAsync(Ct);
            return running;
        }

        public void StopApplication()
        {
        }

        /// <summary>Waits until there is such a thing; fails with what was logged.</summary>
        public async Task<T> EventuallyAsync<T>(Func<Task<T?>> find, Func<T, bool> good)
            where T : class
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (!limit.IsCancellationRequested)
            {
                if (await find() is { } found && good(found))
                    return found;
                await Task.Delay(50, Ct);
            }
            throw new TimeoutException(new StringBuilder().AppendJoin('\n', _log.Lines).ToString());
        }

        public async ValueTask DisposeAsync()
        {
            await _service.StopAsync(CancellationToken.None);
            _service.Dispose();
            _loggers.Dispose();
        }
    }
}
