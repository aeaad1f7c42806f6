using Tonari.Controller.Peers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Tests.Peers;

public sealed class PeerStatusesTests
{
    private static readonly DateTimeOffset Now = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Greeting Answer = new("green", "0.1.0", TimeSpan.FromMilliseconds(3.2), TimeSpan.FromSeconds(1), null, null);

    [Fact]
    public void A_neighbour_that_stops_answering_keeps_what_was_known_and_says_since_when()
    {
        var peer = new ClusterPeer();
        peer.Status = PeerStatuses.After(peer, Answer, Now);
        var silent = PeerStatuses.After(peer, new Greeting(null, null, null, null, "Unreachable", "green cannot be reached: no route."), Now.AddSeconds(5));

        (silent.Reachable, silent.Version, silent.RoundTripMs, silent.LastContactTime, silent.Message)
            .ShouldBe((false, "0.1.0", 4, Now, "green cannot be reached: no route."));
        var condition = silent.Conditions.Single(c => c.Type == "Reachable");
        (condition.Status, condition.Reason, condition.LastTransitionTime).ShouldBe((ConditionStatus.False, "Unreachable", Now.AddSeconds(5)));
    }

    [Fact]
    public void Clocks_that_differ_are_named_with_what_to_do()
    {
        var status = PeerStatuses.After(new ClusterPeer(), Answer with { Skew = TimeSpan.FromSeconds(-45) }, Now);

        status.Conditions.Single(c => c.Type == "ClocksAgree").Status.ShouldBe(ConditionStatus.False);
        status.Message!.ShouldContain("45 s behind");
    }

    [Fact]
    public void An_unchanged_status_is_written_once_a_minute()
    {
        var peer = new ClusterPeer();
        var first = PeerStatuses.After(peer, Answer, Now);
        PeerStatuses.WorthWriting(null, first, Now).ShouldBeTrue();
        peer.Status = first;

        PeerStatuses.WorthWriting(first, PeerStatuses.After(peer, Answer with { RoundTrip = TimeSpan.FromMilliseconds(9) }, Now.AddSeconds(59)), Now.AddSeconds(59)).ShouldBeFalse();
        PeerStatuses.WorthWriting(first, PeerStatuses.After(peer, Answer, Now.AddSeconds(60)), Now.AddSeconds(60)).ShouldBeTrue();
        PeerStatuses.WorthWriting(first, PeerStatuses.After(peer, Answer with { Version = "0.1.1" }, Now.AddSeconds(5)), Now.AddSeconds(5)).ShouldBeTrue();
    }

    [Fact]
    public void Deleted_mirrors_are_remembered_once_and_not_without_end()
    {
        ClusterPeerStatus? status = null;
        for (var i = 0; i <= PeerLimits.MostTombstones; i++)
            status = PeerStatuses.WithTombstone(status, $"m{i}", Now);
        status = PeerStatuses.WithTombstone(status, "m5", Now);

        status!.DeletedMirrors.Count.ShouldBe(PeerLimits.MostTombstones);
        status.DeletedMirrors.ShouldNotContain(d => d.MirrorId == "m0");
        status.DeletedMirrors.Count(d => d.MirrorId == "m5").ShouldBe(1);
    }
}
