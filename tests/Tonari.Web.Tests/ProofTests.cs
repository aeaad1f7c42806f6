using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Components.Replication;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>The Replication page says when the replica was last proven equal, on both clusters, and offers to prove it.</summary>
public sealed class ProofTests : BunitContext, IAsyncLifetime
{
    private static readonly MirrorProof Proof = new(Shop.Group(2), Shop.Ago(7200), 3L << 30, 0);
    private static readonly DamagedVolume Damage = new("shop/data", "pvc-1", DamagedCopy.Secondary, 2, [new RegionRun(5, 2)]);

    public ProofTests() => Services.AddLogging().AddLocalization().AddMudServices();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void A_replica_that_was_never_compared_says_so_and_when_it_will_be()
    {
        var text = Panel(Shop.Replica());

        text.ShouldContain("Not compared yet.");
        text.ShouldContain("Compared every 168h");
        var never = Shop.Replica();
        never.Spec = never.Spec with { Verify = new MirrorVerifySpec { Schedule = GoDuration.FromSeconds(0) } };
        Panel(never).ShouldContain("Compared only when asked for");
    }

    [Fact]
    public void The_last_proof_is_shown_on_both_clusters()
    {
        Panel(Shop.Replica(s => s with { Proven = Proof })).ShouldContain("Proven equal 2h ago.");
        var primary = Panel(Shop.Mirror(report: r => r with { Peer = r.Peer! with { Proven = Proof with { HealedRegions = 1 } } }));
        primary.ShouldContain("Proven equal 2h ago.");
        primary.ShouldContain("3 GiB read on each side");
        primary.ShouldContain("1 regions of 4 MiB had differed on green");
    }

    [Fact]
    public void A_comparison_under_way_shows_how_far_it_is_on_both_clusters()
    {
        var running = new MirrorVerification { Snapshot = Shop.Group(2), Stage = MirrorVerificationStage.Comparing, StartedAt = Shop.Now };
        Panel(Shop.Replica(s => s with { Verification = running }, r => r with { VerificationProgress = new(1L << 30, 4L << 30) })).ShouldContain("25 %");
        Panel(Shop.Mirror(report: r => r with { Peer = r.Peer! with { Verification = new(Shop.Group(2), 2L << 30, 4L << 30) } })).ShouldContain("50 %");
        Panel(Shop.Mirror(report: r => r with { Peer = r.Peer! with { Reachable = false, Verification = new(Shop.Group(2), 2L << 30, 4L << 30) } }))
            .ShouldNotContain("50 %", customMessage: "a silent neighbour may have ended it long ago");
    }

    [Theory]
    [InlineData(DamagedCopy.Secondary, "shop/data: 2 regions differ on")]
    [InlineData(DamagedCopy.Primary, "shop/data: 2 regions differ; the copy on")]
    [InlineData(DamagedCopy.Both, "nobody can tell which copy is right")]
    public void What_differs_is_named_with_whose_copy_is_wrong(DamagedCopy copy, string words)
    {
        var mirror = Shop.Replica(s => s with { Damage = new MirrorDamage(Shop.Group(2), Shop.Now, [Damage with { Copy = copy }]) });

        Panel(mirror).ShouldContain(words);
    }

    [Fact]
    public void Critical_is_explained_in_the_readers_language_with_what_the_machinery_said()
    {
        var mirror = Shop.Replica(report: r => r with { Health = MirrorHealth.Critical, Cause = HealthCause.SourceDamaged, Message = "The copy of x on blue is not what it was." });

        var text = Render<Wellness>(p => p.Add(w => w.Mirror, View(mirror)).Add(w => w.Now, Shop.Now)).Markup;

        text.ShouldContain("Nothing was changed.");
        text.ShouldContain("The copy of x on blue is not what it was.");
    }

    [Fact]
    public void It_can_be_asked_for_where_there_is_something_to_compare_and_keeps_nobody_from_moving()
    {
        HindranceOf(Shop.Mirror(), MirrorMoveKind.Verify).ShouldBeNull();
        HindranceOf(Shop.Mirror(s => s with { Snapshots = [] }), MirrorMoveKind.Verify).ShouldBe(MoveHindrance.NoSnapshot);
        var verifying = Shop.Replica(s => s with
        {
            Operation = new() { Request = new("r", MirrorOperationType.Verify), Stage = MirrorOperationStage.Verifying, StartedAt = Shop.Now, StageStartedAt = Shop.Now },
            LastOperationId = "r",
            Verification = new() { Snapshot = Shop.Group(2), Stage = MirrorVerificationStage.Comparing, StartedAt = Shop.Now },
        });
        HindranceOf(verifying, MirrorMoveKind.Verify).ShouldBe(MoveHindrance.Busy);
        HindranceOf(verifying, MirrorMoveKind.Reverse).ShouldBeNull();
        HindranceOf(verifying, MirrorMoveKind.CancelTransfer).ShouldBeNull("it can be stopped");
        View(verifying).Operation!.Steps.ShouldHaveSingleItem().Step.ShouldBe(OperationStep.Verifying);
    }

    private static MoveHindrance? HindranceOf(AppMirror mirror, MirrorMoveKind kind) => View(mirror).Moves.Single(m => m.Kind == kind).Hindrance;

    private static MirrorView View(AppMirror mirror) => MirrorView.Of(mirror, mirror.Spec.Peer == "green" ? "blue" : "green", (_, _) => 0, Shop.Now);

    private string Panel(AppMirror mirror) => Render<ProofPanel>(p => p.Add(w => w.Mirror, View(mirror)).Add(w => w.Now, Shop.Now)).Markup;
}
