using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Json;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Informers;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeKubernetesApi _api;
    private readonly Informer<V1ConfigMap> _informer;
    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _changes = [];
    private Task _running = Task.CompletedTask;

    public InformerTests()
    {
        _api = new FakeKubernetesApi(_time);
        _informer = new Informer<V1ConfigMap>(_api, new InformerOptions(), _time, NullLogger.Instance);
        _informer.Subscribe(change =>
        {
            lock (_changes)
                _changes.Add($"{change.Old?.Data?["v"] ?? "-"}>{change.New?.Data?["v"] ?? "-"}");
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    [Fact]
    public async Task It_lists_what_is_there_and_follows_what_changes()
    {
        Put("a", "1");
        await StartAsync();
        Put("a", "2");
        Put("b", "1");
        await UntilAsync("a=2 b=1");
        await _api.DeleteAsync<V1ConfigMap>("ns", "a", CancellationToken.None);
        await UntilAsync("b=1");
        lock (_changes)
            _changes.ShouldBe(["->1", "1>2", "->1", "2>-"]);
    }

    [Fact]
    public async Task A_broken_watch_loses_nothing()
    {
        await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            _api.BreakWatches();
            Put("a", i.ToString());
            await UntilAsync($"a={i}");
        }
    }

    [Fact]
    public async Task An_expired_version_leads_to_a_new_list()
    {
        Put("gone", "1");
        await StartAsync();
        // Nothing of this reaches the watch: the log is thrown away together with the version.
        _api.OnRequest = r => { if (r.Verb is "watch") throw new ApiUnavailableException("down"); };
        _api.BreakWatches();
        await _api.DeleteAsync<V1ConfigMap>("ns", "gone", CancellationToken.None);
        Put("new", "1");
        _api.ExpireVersions();
        _api.OnRequest = null;
        await UntilAsync("new=1");
        lock (_changes)
            _changes.ShouldContain("1>-");
    }

    [Fact]
    public async Task Lost_events_are_found_by_listing_again()
    {
        await StartAsync();
        _api.LoseEvent = _ => true;
        Put("a", "1");
        await Eventually.QuietAsync();
        _informer.Items.ShouldBeEmpty();
        await UntilAsync("a=1");
    }

    [Fact]
    public async Task A_watch_that_stays_lively_does_not_hide_a_lost_event()
    {
        await StartAsync();
        _api.LoseEvent = e => e.Value.Name() == "a";
        Put("a", "1");
        var beat = 0;
        await Eventually.TrueAsync(() =>
        {
            Put("lively", (beat++).ToString());
            return _informer.Find("ns", "a") is not null;
        }, "the lost object", _time, TimeSpan.FromSeconds(20));
        // It did not take much longer than the interval of resyncs.
        (beat * 20).ShouldBeLessThan(600);
    }

    [Fact]
    public async Task A_server_that_is_down_is_asked_again_with_growing_pauses()
    {
        var asked = 0;
        _api.OnRequest = _ =>
        {
            if (asked++ < 4)
                throw new ApiUnavailableException("down");
        };
        Put("a", "1");
        _running = _informer.RunAsync(_end.Token);
        await Eventually.QuietAsync();
        asked.ShouldBe(1);
        await UntilAsync("a=1");
    }

    [Fact]
    public async Task An_object_that_cannot_be_read_does_not_hide_the_others()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: broken, namespace: ns }
            data: [ not, a, map ]
            """);
        Put("a", "1");
        await StartAsync();
        await UntilAsync("a=1");
    }

    [Fact]
    public async Task An_object_that_a_converter_stumbles_over_does_not_hide_the_others()
    {
        Put("a", "1");
        Put("b", "1");
        var informer = new Informer<V1ConfigMap>(
            _api, new InformerOptions(), _time, NullLogger.Instance, json => json.Name() == "a" ? throw new OverflowException() : KubeJson.FromJson<V1ConfigMap>(json));

        _running = informer.RunAsync(_end.Token);

        await Eventually.TrueAsync(() => informer.Synced.IsCompleted, "the first list");
        informer.Items.Select(c => c.Metadata.Name).ShouldBe(["b"]);
    }

    private async Task StartAsync()
    {
        _running = _informer.RunAsync(_end.Token);
        await Eventually.TrueAsync(() => _informer.Synced.IsCompleted, "the first list");
    }

    private void Put(string name, string value) => _api.Seed(new V1ConfigMap
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "ns" },
        Data = new Dictionary<string, string> { ["v"] = value },
    });

    private Task UntilAsync(string items) => Eventually.TrueAsync(
        () => string.Join(' ', _informer.Items.OrderBy(c => c.Metadata.Name).Select(c => $"{c.Metadata.Name}={c.Data["v"]}")) == items,
        items, _time, TimeSpan.FromMilliseconds(500));
}
