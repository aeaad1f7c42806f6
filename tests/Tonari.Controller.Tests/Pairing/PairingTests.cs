using Grpc.Core;
using k8s.Models;
using Tonari.Controller.Gateway;
using Tonari.Controller.Peers;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Peer;
using PairingRpc = Tonari.Rpc.Peer.Pairing;

namespace Tonari.Controller.Tests.Pairing;

public sealed class PairingTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private TestCluster _blue = null!;
    private TestCluster _green = null!;

    public async ValueTask InitializeAsync()
    {
        _blue = await TestCluster.StartAsync("blue", Ct);
        _green = await TestCluster.StartAsync("green", Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _green.DisposeAsync();
        await _blue.DisposeAsync();
    }

    [Fact]
    public async Task A_token_makes_both_clusters_pin_each_other_and_is_used_up()
    {
        var join = await _green.JoinAsync(_blue.Invite(TimeSpan.FromHours(1)), Ct);

        Outcome(join).ShouldBe("Joined");
        join.Metadata.Annotations[PairingObjects.PeerAnnotation].ShouldBe("blue");
        join.Data.ShouldBeEmpty();
        var seenByBlue = _blue.Stored<ClusterPeer>().ShouldHaveSingleItem();
        (seenByBlue.Name, seenByBlue.Spec.Endpoint, seenByBlue.Spec.Fingerprint).ShouldBe(("green", _green.Self.Endpoint, _green.Identity.Fingerprint));
        var seenByGreen = _green.Stored<ClusterPeer>().ShouldHaveSingleItem();
        (seenByGreen.Name, seenByGreen.Spec.Endpoint, seenByGreen.Spec.Fingerprint).ShouldBe(("blue", _blue.Self.Endpoint, _blue.Identity.Fingerprint));
        _blue.Stored<V1Secret>().ShouldBeEmpty();
        (await _green.Clients.For("blue").HelloAsync(Ct)).ClusterName.ShouldBe("blue");
        (await _blue.Clients.For("green").HelloAsync(Ct)).ClusterName.ShouldBe("green");
    }

    [Fact]
    public async Task A_used_token_is_refused_to_a_third_cluster()
    {
        await using var red = await TestCluster.StartAsync("red", Ct);
        var token = _blue.Invite(TimeSpan.FromHours(1));
        await _green.JoinAsync(token, Ct);

        var join = await red.JoinAsync(token, Ct);

        (Outcome(join), Message(join)).ShouldSatisfyAllConditions(
            o => o.Item1.ShouldBe("Refused"), o => o.Item2.ShouldContain("used already"));
        _blue.Stored<ClusterPeer>().ShouldHaveSingleItem().Name.ShouldBe("green");
        _blue.Log.Lines.ShouldContain(l => l.Contains(red.Identity.Fingerprint) && l.Contains("used already"));
    }

    [Fact]
    public async Task The_same_join_asking_again_after_a_lost_answer_is_paired()
    {
        Outcome(await _green.JoinTwiceAsync(_blue.Invite(TimeSpan.FromHours(1)), Ct)).ShouldBe("Joined");
    }

    [Fact]
    public async Task A_token_is_good_for_one_join_also_of_the_same_cluster()
    {
        var token = _blue.Invite(TimeSpan.FromHours(1));
        await _green.JoinAsync(token, Ct);

        var again = await _green.JoinAsync(token, Ct);
        var wrong = await _green.JoinAsync(token with { Secret = "AAAA" }, Ct);

        (Outcome(again), Outcome(wrong)).ShouldBe(("Refused", "Refused"));
        Message(again).ShouldContain("used already");
        _green.Stored<ClusterPeer>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_neighbour_may_pair_once_more_with_a_new_token_and_then_is_where_it_says()
    {
        _blue.Knows(_green, spec => spec with { Endpoint = "old.example.org:7443", Suspended = true });

        Outcome(await _green.JoinAsync(_blue.Invite(TimeSpan.FromHours(1)), Ct)).ShouldBe("Joined");

        var peer = _blue.Stored<ClusterPeer>().ShouldHaveSingleItem();
        (peer.Spec.Endpoint, peer.Spec.Suspended).ShouldBe((_green.Self.Endpoint, true));
        _blue.Stored<V1Secret>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_and_leaves_the_invitation()
    {
        var token = _blue.Invite(TimeSpan.FromHours(1));

        var join = await _green.JoinAsync(token with { Secret = "AAAA" }, Ct);

        Message(join).ShouldContain("does not know this token");
        _blue.Stored<ClusterPeer>().ShouldBeEmpty();
        Outcome(await _green.JoinAsync(token, Ct)).ShouldBe("Joined");
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        var token = _blue.Invite(TimeSpan.FromMinutes(1));
        _blue.Time.Shift = TimeSpan.FromMinutes(2);

        Message(await _green.JoinAsync(token, Ct)).ShouldContain("expired");
        _blue.Stored<ClusterPeer>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_that_use_a_token_at_once_only_one_is_paired()
    {
        await using var red = await TestCluster.StartAsync("red", Ct);
        var token = _blue.Invite(TimeSpan.FromHours(1));

        var joins = await Task.WhenAll(_green.JoinAsync(token, Ct), red.JoinAsync(token, Ct));

        joins.Count(j => Outcome(j) == "Joined").ShouldBe(1);
        _blue.Stored<ClusterPeer>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_inviter_with_another_certificate_never_sees_the_secret()
    {
        var token = _blue.Invite(TimeSpan.FromHours(1)) with { Fingerprint = new string('0', 64) };

        var join = await _green.JoinAsync(token, Ct);

        (Outcome(join), Message(join)).ShouldSatisfyAllConditions(o => o.Item1.ShouldBe("Pending"), o => o.Item2.ShouldContain("certificate"));
        _blue.Stored<ClusterPeer>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_that_is_taken_by_another_certificate_is_not_taken_over()
    {
        await using var impostor = await TestCluster.StartAsync("green", Ct);
        _blue.Knows(_green);

        var join = await impostor.JoinAsync(_blue.Invite(TimeSpan.FromHours(1)), Ct);

        Message(join).ShouldContain("already has a ClusterPeer green");
        _blue.Stored<ClusterPeer>().ShouldHaveSingleItem().Spec.Fingerprint.ShouldBe(_green.Identity.Fingerprint);
    }

    [Theory]
    [InlineData("", "h:1")]
    [InlineData("../x", "h:1")]
    [InlineData("Green", "h:1")]
    [InlineData("green", "http://h:1/x")]
    [InlineData("blue", "h:1")]
    public async Task A_malformed_request_is_refused_before_the_token_is_looked_at(string name, string endpoint)
    {
        var token = _blue.Invite(TimeSpan.FromHours(1));
        using var channel = _blue.ChannelAs(_green.Identity);

        var refused = await Should.ThrowAsync<RpcException>(async () => await new PairingRpc.PairingClient(channel).JoinAsync(
            new JoinRequest { Secret = token.Secret, ClusterName = name, Endpoint = endpoint }, cancellationToken: Ct));

        refused.StatusCode.ShouldBe(StatusCode.PermissionDenied);
        _blue.Stored<ClusterPeer>().ShouldBeEmpty();
        _blue.Stored<V1Secret>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Attempts_are_limited()
    {
        using var channel = _blue.ChannelAs(_green.Identity);
        var pairing = new PairingRpc.PairingClient(channel);
        var codes = new List<StatusCode>();
        for (var i = 0; i <= JoinThrottle.PerAddress; i++)
        {
            var request = new JoinRequest { Secret = "x", ClusterName = "green", Endpoint = "h:1" };
            codes.Add((await Should.ThrowAsync<RpcException>(async () => await pairing.JoinAsync(request, cancellationToken: Ct))).StatusCode);
        }

        codes[..^1].ShouldAllBe(c => c == StatusCode.PermissionDenied);
        codes[^1].ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task A_stranger_may_only_pair()
    {
        using var stranger = Stranger();
        using var channel = _blue.ChannelAs(stranger.Identity);

        var refused = await Should.ThrowAsync<RpcException>(async () => await new Peer.PeerClient(channel).HelloAsync(new HelloRequest(), cancellationToken: Ct));

        refused.StatusCode.ShouldBe(StatusCode.Unauthenticated);
        refused.Status.Detail.ShouldContain("tonari peer invite");
        _blue.Log.Lines.ShouldContain(l => l.Contains(stranger.Identity.Fingerprint));
    }

    [Fact]
    public async Task Without_a_certificate_nothing_is_answered()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => PinnedTls.Matches(shown!, _blue.Identity.Fingerprint) },
        });

        await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(new Uri($"https://{_blue.Self.Endpoint}/"), Ct));
    }

    [Fact]
    public async Task A_suspended_neighbour_is_refused()
    {
        _blue.Knows(_green, spec => spec with { Suspended = true });
        _green.Knows(_blue);

        var refused = await Should.ThrowAsync<PeerRefusedException>(() => _green.Clients.For("blue").HelloAsync(Ct));

        (refused.Reason, refused.Message.Contains("suspended", StringComparison.Ordinal)).ShouldBe((PeerRefusal.NotAllowed, true));
    }

    private static string? Outcome(V1Secret join) => join.Metadata.Annotations[PairingObjects.OutcomeAnnotation];

    private static string Message(V1Secret join) => join.Metadata.Annotations[PairingObjects.MessageAnnotation];

    private static Owned Stranger() => new(ClusterIdentity.Make("stranger", TimeProvider.System.GetUtcNow()));

    private sealed record Owned(ClusterIdentity Identity) : IDisposable
    {
        public void Dispose() => Identity.Certificate.Dispose();
    }
}
