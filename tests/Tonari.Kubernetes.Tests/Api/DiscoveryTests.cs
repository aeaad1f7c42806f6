using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Tests.Api;

public sealed class DiscoveryTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_who_want_a_fresh_answer_at_once_share_one_that_began_after_they_asked()
    {
        var (asked, gate) = (0, new TaskCompletionSource());
        using var discovery = new Discovery(async (path, ct) =>
        {
            if (path == "/apis")
            {
                Interlocked.Increment(ref asked);
                await gate.Task.WaitAsync(ct);
            }
            return JsonNode.Parse("""{"groups":[],"resources":[]}""")!.AsObject();
        });

        // One is being answered already when the others come: it may have begun before what they want to see was there.
        var running = discovery.GetAsync(refresh: true, Ct);
        var others = Enumerable.Range(0, 100).Select(_ => discovery.GetAsync(refresh: true, Ct)).ToList();
        gate.SetResult();
        await running;
        await Task.WhenAll(others);

        asked.ShouldBe(2);
        await discovery.GetAsync(refresh: false, Ct);
        asked.ShouldBe(2);
        await discovery.GetAsync(refresh: true, Ct);
        asked.ShouldBe(3);
    }

    [Fact]
    public async Task An_answer_that_failed_is_nobodys()
    {
        var fail = true;
        using var discovery = new Discovery((path, _) => fail && path == "/apis"
            ? throw new ApiUnavailableException("The API server is gone.")
            : Task.FromResult(JsonNode.Parse("""{"groups":[],"resources":[]}""")!.AsObject()));

        await Should.ThrowAsync<ApiUnavailableException>(() => discovery.GetAsync(refresh: true, Ct));
        fail = false;
        (await discovery.GetAsync(refresh: true, Ct)).Kinds.ShouldBeEmpty();
    }
}
