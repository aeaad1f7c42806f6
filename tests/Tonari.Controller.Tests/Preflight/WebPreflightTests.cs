using k8s.Models;
using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Controller.Tests.Mirrors.Steps;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Web.Views;

namespace Tonari.Controller.Tests.Preflight;

/// <summary>What people are told of both clusters before they save.</summary>
public sealed class WebPreflightTests : IPeerClients
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static readonly MirrorProblem Unmanaged = new("PoolNotManaged", "The storage pool blue-main is not managed.");
    private readonly FakePeer _peer = new();
    private readonly TestPreflight _own = new() { Result = new PreflightResult(Verdicts(MirrorRole.Primary), [new WantedVolume("shop/data", 4096, "fast")]) };

    IPeerClient IPeerClients.For(string peerName) => _peer;

    [Fact]
    public async Task Both_sides_checks_are_told_by_name_with_what_the_neighbour_offers_and_nothing_is_made()
    {
        _own.Result = _own.Result with { Checks = Verdicts(MirrorRole.Primary, nameof(PreflightChecks.VolumesOnManagedPool), Unmanaged) };
        _peer.Preflight = Answer(MirrorRole.Secondary, "StorageClassesExist", new Problem { Reason = "StorageClassMissing", Message = "On green: there is no fast." });

        var report = await RunAsync();

        report.Checks.Where(c => c.Outcome == CheckOutcome.Failed).Select(c => (c.Side, c.Cluster, c.Name.ToString(), c.Forbids, c.Message)).ShouldBe(
        [
            (PreflightSide.Here, "blue", "VolumesOnManagedPool", false, Unmanaged.Message),
            (PreflightSide.There, "green", "StorageClassesExist", true, "On green: there is no fast."),
        ]);
        report.Checks.Count(c => c.Outcome == CheckOutcome.Passed).ShouldBe(report.Checks.Count - 2);
        report.CanSave.ShouldBeFalse();
        report.Volumes.ShouldBe([new PreflightVolumeView("shop/data", 4096, "fast")]);
        report.StorageClasses.ShouldBe(["tonari"]);
        report.Pools.ShouldBe([new PreflightPoolView("green-main", 7)]);
        _peer.AskedPreflight!.Mirror.Role.ShouldBe("Secondary");
        _peer.Asked.ShouldBe(["preflight"]);
    }

    [Fact]
    public async Task A_neighbour_that_is_silent_now_fails_one_check_and_leaves_its_own_unasked_whatever_it_said_last()
    {
        _peer.Error = new PeerUnreachableException("green cannot be reached: no route to host.");

        var report = await RunAsync();

        report.Checks.Single(c => c.Outcome == CheckOutcome.Failed).ShouldBe(
            new(PreflightSide.Here, "blue", PreflightCheckName.PeerAnswers, CheckOutcome.Failed, false, "PeerUnreachable", "green cannot be reached: no route to host."));
        report.Checks.Where(c => c.Side == PreflightSide.There).Select(c => c.Outcome).Distinct().ShouldBe([CheckOutcome.NotAsked]);
        report.CanSave.ShouldBeTrue();
        report.IsClean.ShouldBeFalse();
        report.StorageClasses.ShouldBeNull();
    }

    [Fact]
    public async Task An_older_neighbour_that_names_no_checks_is_still_heard()
    {
        _peer.Preflight.Problems.Add(new Problem { Reason = "NoPool", Message = "On green: no pool." });

        var report = await RunAsync();

        report.Checks.Single(c => c.Side == PreflightSide.There).Message.ShouldBe("On green: no pool.");
        report.StorageClasses.ShouldBeNull();
    }

    [Fact]
    public async Task What_a_hostile_neighbour_sends_is_bounded_and_forbids_nothing_by_its_own_word()
    {
        var answer = new PreflightResponse();
        answer.Checks.AddRange(Enumerable.Range(0, 5000).Select(i => new JudgedCheck { Name = $"Made{i}", Judged = true, Problem = new Problem { Message = new string('x', 50_000) } }));
        answer.StorageClasses.AddRange(Enumerable.Repeat(new string('y', 50_000), 500));
        _peer.Preflight = answer;

        var report = await RunAsync();

        report.Checks.Count.ShouldBeLessThan(300);
        report.Checks.Where(c => c.Side == PreflightSide.There).ShouldAllBe(c => c.Name == PreflightCheckName.Other && !c.Forbids && c.Message!.Length <= 1000);
        report.StorageClasses!.Sum(c => c.Length).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Every_check_of_either_side_is_one_that_people_are_told_of()
    {
        var names = PreflightChecks.Of(MirrorRole.Primary).Concat(PreflightChecks.Of(MirrorRole.Secondary)).Select(c => c.Name).Distinct();

        names.Append(nameof(PreflightCheckName.Other)).ShouldBe(Enum.GetNames<PreflightCheckName>(), ignoreOrder: true);
    }

    private Task<PreflightReport> RunAsync() => new WebPreflight(new RelationshipPreflight(this, _own, TimeProvider.System), "blue").RunAsync(
        new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" },
            Spec = new AppMirrorSpec { Application = "shop", Peer = "green", MirrorId = "aaaaaaaaaa" },
        },
        define: false,
        Ct);

    private static IReadOnlyList<PreflightVerdict> Verdicts(MirrorRole role, string? failing = null, MirrorProblem? problem = null) =>
        [.. PreflightChecks.Of(role).Select(c => new PreflightVerdict(c.Name, true, c.Name == failing ? problem : null))];

    private static PreflightResponse Answer(MirrorRole role, string failing, Problem problem)
    {
        var answer = new PreflightResponse();
        answer.Problems.Add(problem);
        answer.Checks.AddRange(PreflightChecks.Of(role).Select(c => new JudgedCheck { Name = c.Name, Judged = true, Problem = c.Name == failing ? problem : null }));
        answer.StorageClasses.Add("tonari");
        answer.Pools.Add(new OfferedPool { Name = "green-main", FreeBytes = 7 });
        return answer;
    }
}
