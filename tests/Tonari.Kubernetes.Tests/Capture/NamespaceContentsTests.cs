using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Capture;

public class NamespaceContentsTests
{
    private readonly FakeKubernetesApi _api = new();
    private readonly NamespaceContents _contents;

    public NamespaceContentsTests()
    {
        _api.Serve("pg.example", "v1", "Cluster", namespaced: true);
        _api.SeedYaml(ShopNamespace.Yaml);
        _contents = new NamespaceContents(_api, TimeProvider.System, NullLogger<NamespaceContents>.Instance);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_capture_that_asks_only_for_what_is_there_holds_the_same()
    {
        var everything = await CaptureAsync(null);
        Asked("Ingress").ShouldBe(1);

        await WhileWatchingAsync(async () =>
        {
            await Eventually.TrueAsync(() => _contents.KnowsKinds && !_contents.MayHold(ResourceKind.Of<V1Ingress>(), "shop"), "everything to be seen");
            Names(await CaptureAsync(_contents)).ShouldBe(Names(everything));
            Asked("Ingress").ShouldBe(1, "there is none");
        });
    }

    [Fact]
    public async Task What_comes_and_goes_is_noticed()
    {
        await WhileWatchingAsync(async () =>
        {
            var ingresses = ResourceKind.Of<V1Ingress>();
            await Eventually.TrueAsync(() => !_contents.MayHold(ingresses, "shop"), "no ingress");

            await _api.CreateAsync(new V1Ingress { Metadata = new V1ObjectMeta { Name = "front", NamespaceProperty = "shop" } }, Ct);
            await Eventually.TrueAsync(() => _contents.MayHold(ingresses, "shop"), "the ingress to be seen");
            _contents.MayHold(ingresses, "elsewhere").ShouldBeFalse();

            await _api.DeleteAsync(ingresses, "shop", "front", new DeleteOptions(), Ct);
            await Eventually.TrueAsync(() => !_contents.MayHold(ingresses, "shop"), "no ingress");
        });
    }

    [Fact]
    public async Task Nothing_is_left_out_while_a_watch_is_not_known_to_be_well()
    {
        _contents.MayHold(ResourceKind.Of<V1Ingress>(), "shop").ShouldBeTrue("nothing has been seen yet");
        _contents.KnowsKinds.ShouldBeFalse();

        _api.OnRequest = request =>
        {
            if (request is { Verb: "list" or "watch", Kind.Kind: "Ingress" })
                throw new ApiUnavailableException("out of order");
        };
        await WhileWatchingAsync(async () =>
        {
            await Eventually.TrueAsync(() => !_contents.MayHold(ResourceKind.Of<V1NetworkPolicy>(), "shop"), "the other kinds to be seen");
            _contents.MayHold(ResourceKind.Of<V1Ingress>(), "shop").ShouldBeTrue("it cannot be listed");
        });
        _contents.MayHold(ResourceKind.Of<V1NetworkPolicy>(), "shop").ShouldBeTrue("nobody watches any more");
    }

    [Fact]
    public async Task A_kind_that_was_defined_a_moment_ago_is_captured()
    {
        await WhileWatchingAsync(async () =>
        {
            await Eventually.TrueAsync(() => _contents.KnowsKinds, "the kinds to be known");
            var menu = _api.Serve("kitchen.example", "v1", "Menu", namespaced: true);
            _api.Seed(JsonNode.Parse("""
                {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "menus.kitchen.example"}, "spec": {}}
                """)!.AsObject());
            _api.Seed(JsonNode.Parse("""
                {"apiVersion": "kitchen.example/v1", "kind": "Menu", "metadata": {"name": "today", "namespace": "shop"}}
                """)!.AsObject());
            await Eventually.TrueAsync(() => !_contents.MayHold(menu, "elsewhere"), "the new kind to be watched");
            Names(await CaptureAsync(_contents)).ShouldContain("Menu today");
        });
    }

    private async Task WhileWatchingAsync(Func<Task> act)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var run = _contents.RunAsync(end.Token);
        try
        {
            await act();
        }
        finally
        {
            await end.CancelAsync();
            await run.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private Task<CapturedApplication> CaptureAsync(NamespaceContents? contents)
    {
        var application = new Application { Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" }, Spec = new ApplicationSpec() };
        return new ApplicationCapture(_api, new FakeTimeProvider(), contents: contents).CaptureAsync(application, "blue", Ct);
    }

    private int Asked(string kind) => _api.Requests.Count(r => r is { Verb: "list", Namespace: "shop" } && r.Kind.Kind == kind);

    private static IEnumerable<string> Names(CapturedApplication captured) =>
        captured.Resources.Objects.Select(o => $"{o.Kind()} {o.Name()}").Order(StringComparer.Ordinal);
}
