using System.Net;
using Microsoft.AspNetCore.Http;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Identity;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Gateway;

public sealed class DeltaTests : TwoClusters
{
    private const string Good = "/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?from=m-aaaaaaaaaa-e2-s1&to=m-aaaaaaaaaa-e2-s2&resumeAt=4096";
    private HttpClient _http = null!;

    private protected override void Prepare()
    {
        _blue.Knows(_green);
        _http = _blue.HttpAs(_green.Identity);
    }

    private protected override void End() => _http.Dispose();

    [Fact]
    public async Task A_delta_is_asked_of_the_agent_with_nothing_but_what_was_recognised()
    {
        await _blue.Agents.StartAsync(context => context.Response.WriteAsync("delta"));
        _blue.Mirror("green");

        (await _http.GetStringAsync(new Uri(Good + "&pool=other&x=1", UriKind.Relative), Ct)).ShouldBe("delta");

        _blue.Agents.Asked.ShouldBe(["/v1/volumes/pvc-1/delta?pool=blue-main&from=m-aaaaaaaaaa-e2-s1&to=m-aaaaaaaaaa-e2-s2&resumeAt=4096"]);
    }

    [Fact]
    public async Task Stretches_of_a_snapshot_are_handed_on()
    {
        await _blue.Agents.StartAsync(context => context.Response.WriteAsync("stretches"));
        _blue.Mirror("green");

        await _http.GetStringAsync(new Uri("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2&only=0-4096,8192-4096", UriKind.Relative), Ct);

        _blue.Agents.Asked.ShouldBe(["/v1/volumes/pvc-1/delta?pool=blue-main&from=&to=m-aaaaaaaaaa-e2-s2&resumeAt=0&only=0-4096,8192-4096"]);
    }

    [Fact]
    public async Task Bytes_arrive_while_the_agent_is_still_writing()
    {
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _blue.Agents.StartAsync(async context =>
        {
            await context.Response.WriteAsync("one");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync("two");
        });
        _blue.Mirror("green");
        await using var stream = await _http.GetStreamAsync(new Uri(Good, UriKind.Relative), Ct);
        var buffer = new byte[3];

        await stream.ReadExactlyAsync(buffer, Ct);
        buffer.ShouldBe("one"u8.ToArray());
        more.SetResult();
        await stream.ReadExactlyAsync(buffer, Ct);
        buffer.ShouldBe("two"u8.ToArray());
    }

    [Fact]
    public async Task When_the_peer_leaves_the_agent_is_told()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _blue.Agents.StartAsync(async context =>
        {
            context.RequestAborted.Register(told.SetResult);
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await told.Task;
        });
        _blue.Mirror("green");

        var response = await _http.GetAsync(new Uri(Good, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Ct);
        response.Dispose();

        await told.Task.WaitAsync(TimeSpan.FromSeconds(20), Ct);
    }

    [Fact]
    public async Task When_the_agent_breaks_off_the_peer_does_not_see_a_clean_end()
    {
        await _blue.Agents.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        _blue.Mirror("green");

        await Should.ThrowAsync<HttpRequestException>(() => _http.GetByteArrayAsync(new Uri(Good, UriKind.Relative), Ct));
    }

    [Fact]
    public async Task An_agent_that_is_away_is_said_so()
    {
        _blue.Mirror("green");

        var response = await _http.GetAsync(new Uri(Good, UriKind.Relative), Ct);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync(Ct)).ShouldContain("agent");
    }

    [Theory]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fother/delta?to=m-aaaaaaaaaa-e2-s2", 404)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/..%2F..%2Fpvc-1/delta?to=m-aaaaaaaaaa-e2-s2", 404)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/pvc-1/delta?to=m-aaaaaaaaaa-e2-s2", 404)]
    [InlineData("/v1/mirrors/bbbbbbbbbb/volumes/shop%2Fdata/delta?to=m-bbbbbbbbbb-e2-s2", 404)]
    [InlineData("/v1/mirrors/..%2Faaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2", 404)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta", 400)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-bbbbbbbbbb-e2-s2", 400)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2%26pool%3Dx", 400)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2&to=m-aaaaaaaaaa-e2-s3", 400)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2&from=live", 400)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2&resumeAt=-1", 400)]
    [InlineData("/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e2-s2&only=0-4096%26pool%3Dx", 400)]
    [InlineData("/v1/volumes/pvc-1/delta?to=m-aaaaaaaaaa-e2-s2", 404)]
    public async Task Tricks_with_paths_reach_no_agent(string path, int code)
    {
        await _blue.Agents.StartAsync(context => context.Response.WriteAsync("delta"));
        _blue.Mirror("green");
        _blue.Mirror("red", "bbbbbbbbbb");

        var response = await _http.GetAsync(new Uri(path, UriKind.Relative), Ct);

        ((int)response.StatusCode).ShouldBe(code);
        _blue.Agents.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(MirrorRole.Secondary, 2)]
    [InlineData(MirrorRole.Fenced, 3)]
    [InlineData(MirrorRole.Unassigned, 0)]
    [InlineData(MirrorRole.Primary, 3)]
    public async Task Only_an_undisputed_primary_hands_out_data(MirrorRole role, long highest)
    {
        await _blue.Agents.StartAsync(context => context.Response.WriteAsync("delta"));
        _blue.Mirror("green", but: s => s with { Role = role, HighestEpochSeen = highest });

        (await _http.GetAsync(new Uri(Good, UriKind.Relative), Ct)).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        _blue.Agents.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stranger_gets_nothing_and_is_logged()
    {
        await _blue.Agents.StartAsync(context => context.Response.WriteAsync("delta"));
        _blue.Mirror("green");
        var stranger = ClusterIdentity.Make("green", TimeProvider.System.GetUtcNow());
        using var http = _blue.HttpAs(stranger);

        (await http.GetAsync(new Uri(Good, UriKind.Relative), Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        _blue.Agents.Asked.ShouldBeEmpty();
        _blue.Log.Lines.ShouldContain(l => l.Contains(stranger.Fingerprint));
        stranger.Certificate.Dispose();
    }
}
