using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Tests.Mirrors.Steps;

public sealed class PeerStepsTests
{
    [Fact]
    public async Task A_primary_tells_its_volumes_to_the_neighbours_preflight_and_then_has_its_half_made()
    {
        using var stage = Primary();
        stage.Preflight = new PreflightResult([], [new WantedVolume("shop-dr/data", 4096, "fast")]);

        (await stage.RunAsync(new PrepareRelationship())).ShouldBeOfType<StepResult.Done>();

        stage.Peer.AskedPreflight!.Volumes.ShouldHaveSingleItem().Key.ShouldBe("shop-dr/data");
        stage.Peer.Asked.ShouldBe(["preflight", "ensure Secondary shop-dr/shop"]);
    }

    [Fact]
    public async Task Problems_of_both_sides_are_told_together_and_nothing_is_made()
    {
        using var stage = Primary();
        stage.Preflight = new PreflightResult([new PreflightVerdict("ApplicationHasVolumes", true, new MirrorProblem("NoVolumes", "There are no volumes."))], []);
        stage.Peer.Preflight.Problems.Add(new Problem { Reason = "PoolNotManaged", Message = "On blue: manage a pool." });

        var result = (await stage.RunAsync(new PrepareRelationship())).ShouldBeOfType<StepResult.ProblemsFound>();

        result.Problems.Select(problem => problem.Reason).ShouldBe(["NoVolumes", "PoolNotManaged"]);
        stage.Peer.Asked.ShouldBe(["preflight"]);
    }

    [Fact]
    public async Task A_neighbour_that_cannot_be_asked_is_a_problem_with_a_sentence()
    {
        using var stage = Primary();
        stage.Peer.Error = new PeerUnreachableException("blue cannot be reached: no route to host.");

        (await stage.RunAsync(new PrepareRelationship())).ShouldBeOfType<StepResult.ProblemsFound>()
            .Problems.ShouldHaveSingleItem().ShouldBe(new MirrorProblem("PeerUnreachable", "blue cannot be reached: no route to host."));
    }

    [Fact]
    public async Task A_hold_counts_from_before_it_was_asked_for()
    {
        using var stage = new StepStage();
        var before = stage.Time.GetUtcNow();
        stage.Peer.Thinking = () => stage.Time.Advance(TimeSpan.FromSeconds(20));

        var answer = (await stage.RunAsync(new HoldPeer("swap", 1, TimeSpan.FromSeconds(60), "Reverse"))).ShouldBeOfType<StepResult.HoldAnswered>();

        answer.Granted.ShouldBeTrue();
        answer.AskedAt.ShouldBeLessThan(before.AddSeconds(1));
    }

    [Fact]
    public async Task Silence_is_never_taken_for_a_refusal_of_a_hold()
    {
        using var stage = new StepStage();
        var hold = new HoldPeer("swap", 1, TimeSpan.FromSeconds(60), "Reverse");

        stage.Peer.Error = new PeerUnreachableException("No answer.");
        (await stage.RunAsync(hold)).ShouldBeOfType<StepResult.Failed>();

        stage.Peer.Error = new PeerRefusedException(PeerRefusal.State, "blue is Fenced, not primary.");
        (await stage.RunAsync(hold)).ShouldBeOfType<StepResult.HoldAnswered>().Granted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_will_never_do_makes_room_for_a_fresh_one_and_a_state_that_passes_does_not()
    {
        using var stage = new StepStage();
        var request = new RequestSnapshot("m-abcdefghij-e1-s3", RequireStopped: false);

        stage.Peer.Error = new PeerRefusedException(PeerRefusal.Request, "m-abcdefghij-e1-s3 is older than m-abcdefghij-e1-s7 and is not kept any more.");
        (await stage.RunAsync(request)).ShouldBeOfType<StepResult.Refused>();

        stage.Peer.Error = new PeerRefusedException(PeerRefusal.State, "blue is Fenced, not primary.");
        (await stage.RunAsync(request)).ShouldBeOfType<StepResult.Failed>();
    }

    [Fact]
    public async Task Deletion_is_told_with_what_becomes_of_the_replicas_and_a_pairing_that_is_gone_needs_no_telling()
    {
        using var stage = new StepStage();
        stage.Spec = stage.Spec with { ReplicaVolumesOnDelete = ReplicaVolumesOnDelete.Keep };
        (await stage.RunAsync(new TellPeerOfDeletion())).ShouldBeOfType<StepResult.Done>();
        stage.Peer.Asked.ShouldBe(["deleted True"]);

        stage.Peer.Error = new PeerUnreachableException("No answer.");
        (await stage.RunAsync(new TellPeerOfDeletion())).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("--force");

        stage.Peers.Clear();
        (await stage.RunAsync(new TellPeerOfDeletion())).ShouldBeOfType<StepResult.Done>();
    }

    private static StepStage Primary()
    {
        var stage = new StepStage();
        stage.Spec = stage.Spec with { InitialRole = MirrorRole.Primary, NamespaceMapping = new Dictionary<string, string>() };
        return stage;
    }
}
