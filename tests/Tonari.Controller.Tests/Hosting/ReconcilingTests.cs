using System.Collections.Concurrent;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Controller.Hosting;
using Tonari.Kubernetes.Informers;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Hosting;

public sealed class ReconcilingTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task What_is_listed_again_unchanged_is_looked_at_again_only_where_that_is_wanted(bool resyncs, int looks)
    {
        var (api, looked) = (new FakeKubernetesApi(), new ConcurrentDictionary<string, int>());
        var informer = new Informer<V1ConfigMap>(api, new InformerOptions { FirstPause = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, NullLogger.Instance);
        var reconciling = new Reconciling<V1ConfigMap>(informer, LookAsync, resyncs, TimeProvider.System, NullLoggerFactory.Instance);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Seed("still");
        var running = Task.WhenAll(informer.RunAsync(end.Token), reconciling.RunAsync(end.Token));
        await Eventually.TrueAsync(() => looked.GetValueOrDefault("still") == 1, "the first look");

        api.ExpireVersions();
        api.BreakWatches();
        await Eventually.TrueAsync(() => api.Requests.Count(request => request.Verb == "list") > 1, "everything to be listed again");
        Seed("late");

        await Eventually.TrueAsync(() => looked.GetValueOrDefault("late") == 1 && looked["still"] >= looks, "what is new to be looked at");
        looked["still"].ShouldBe(looks);
        await end.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        Task<TimeSpan?> LookAsync(ObjectKey key, CancellationToken ct)
        {
            looked.AddOrUpdate(key.Name, 1, (_, count) => count + 1);
            return Task.FromResult<TimeSpan?>(null);
        }

        void Seed(string name) => api.Seed(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "shop" } });
    }
}
