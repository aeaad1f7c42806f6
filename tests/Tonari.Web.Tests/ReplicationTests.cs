using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Components.Replication;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>What the Replication page says of operations, failures, snapshots and reasons.</summary>
public sealed class ReplicationTests : BunitContext, IAsyncLifetime
{
    public ReplicationTests() => Services.AddLogging().AddLocalization().AddMudServices();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void A_running_operation_shows_what_is_done_what_is_being_done_and_what_follows_each_with_its_time()
    {
        var steps = View("swapping").Operation!.Steps;

        steps.Select(s => (s.Step, s.State, s.Seconds)).ShouldBe(
        [
            (OperationStep.CatchingUp, StepState.Done, 10), (OperationStep.Holding, StepState.Done, 15), (OperationStep.FinalSync, StepState.Current, 5),
            (OperationStep.MakingLive, StepState.Next, null), (OperationStep.Applying, StepState.Next, null), (OperationStep.AwaitingReady, StepState.Next, null),
            (OperationStep.Hooks, StepState.Next, null),
        ]);
    }

    [Theory]
    [InlineData(MirrorOperationType.FailOver, MirrorOperationStage.Promoting, 4)]
    [InlineData(MirrorOperationType.Sync, MirrorOperationStage.CatchingUp, 1)]
    [InlineData(MirrorOperationType.FailBack, MirrorOperationStage.SettingAside, 8)]
    [InlineData(MirrorOperationType.FailBack, MirrorOperationStage.CatchingUp, 7)]
    [InlineData(MirrorOperationType.Resync, MirrorOperationStage.SettingAside, 2)]
    [InlineData(MirrorOperationType.Resync, MirrorOperationStage.Holding, 3)]
    [InlineData(MirrorOperationType.Resync, MirrorOperationStage.Forwarding, 2)]
    [InlineData(MirrorOperationType.CancelTransfer, MirrorOperationStage.Promoting, 1)]
    public void Each_operation_lists_the_steps_that_it_passes_from_where_it_began(MirrorOperationType type, MirrorOperationStage first, int count) =>
        OperationStepView.Running(type, [new(first, null, Shop.Now)], Shop.Now).Count.ShouldBe(count);

    [Fact]
    public void What_the_other_side_carries_out_is_shown_at_the_stage_it_told_last()
    {
        var steps = View("handed-over").Operation!.Steps;

        steps.Single(s => s.State == StepState.Current).Step.ShouldBe(OperationStep.Holding);
        steps[0].State.ShouldBe(StepState.Done);
        OperationStepView.Elsewhere(MirrorOperationType.Resync, MirrorOperationStage.Promoting).Single(s => s.State == StepState.Current).Step.ShouldBe(OperationStep.Starting);
        OperationStepView.Elsewhere(MirrorOperationType.FailBack, MirrorOperationStage.CatchingUp)[0].Step.ShouldBe(OperationStep.CatchingUp);
    }

    [Fact]
    public void A_finished_operation_opens_to_its_steps_and_to_what_its_hooks_printed()
    {
        var page = Render<OperationHistory>(p => p.Add(h => h.Mirror, View("swap-failed")).Add(h => h.Now, Shop.Now));

        var swap = page.FindAll("details.tonari-past")[1];
        swap.TextContent.ShouldContain("down for 9.4s");
        swap.QuerySelectorAll("li.done").Length.ShouldBe(7);
        swap.QuerySelector("li")!.TextContent.ShouldContain("4.0s");
        swap.QuerySelector("pre")!.TextContent.ShouldContain("ANALYZE");
        page.FindAll("details.tonari-past")[0].QuerySelectorAll("li.failed").Length.ShouldBe(1);
    }

    [Fact]
    public void A_failure_says_where_it_ended_how_things_are_and_what_to_do()
    {
        var mirror = View("swap-failed");
        var failure = FailureView.Of(mirror, Shop.Now)!;
        var page = Render<FailureNotice>(p => p.Add(f => f.Failure, failure).Add(f => f.Mirror, mirror).Add(f => f.Now, Shop.Now));

        (failure.Step, failure.Standing, failure.Advice).ShouldBe((OperationStep.Holding, FailureStanding.RunsLate, FailureAdvice.AskAgain));
        page.Find("section").TextContent.ShouldContain("shop runs on blue. The copy on green is 6m40s old");
    }

    public static TheoryData<string, FailureStanding, FailureAdvice> Failures => new()
    {
        { "established", FailureStanding.RunsProtected, FailureAdvice.AskAgain },
        { "failed-over", FailureStanding.RunsUnprotected, FailureAdvice.Choose },
        { "paused", FailureStanding.RunsProtected, FailureAdvice.Resume },
        { "primary-silent", FailureStanding.NotKnown, FailureAdvice.FailOverIfLost },
        { "copy-silent", FailureStanding.RunsProtected, FailureAdvice.MendConnection },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void What_to_do_follows_from_how_things_are(string name, FailureStanding standing, FailureAdvice advice)
    {
        var failure = FailureView.Of(View(name), Shop.Now)!;

        (failure.Standing, failure.Advice).ShouldBe((standing, advice));
    }

    [Fact]
    public void An_application_that_is_not_ready_or_stopped_for_a_swap_is_said_to_be()
    {
        var promoted = new MirrorOperationRecord("x", MirrorOperationType.FailOver, Shop.Ago(900), Shop.Ago(300), false, "It was not ready.")
        {
            Stages = [new(MirrorOperationStage.Promoting, MirrorPromotionStage.AwaitingReady, Shop.Ago(890))],
        };
        var notReady = View(Shop.Mirror(s => s with { History = [promoted] }));
        var stopped = View(Shop.Mirror(s => s with { Application = ApplicationRun.Stopped }));

        (FailureView.Of(notReady, Shop.Now)!.Standing, FailureView.Of(notReady, Shop.Now)!.Advice).ShouldBe((FailureStanding.NotReady, FailureAdvice.LookAtPods));
        (FailureView.Of(stopped, Shop.Now)!.Standing, FailureView.Of(stopped, Shop.Now)!.Advice).ShouldBe((FailureStanding.StartsAgain, FailureAdvice.Nothing));
    }

    [Fact]
    public void A_failure_is_not_shown_once_something_has_succeeded_or_a_day_later_or_while_something_runs()
    {
        var mirror = View("established");
        FailureView.Of(mirror, Shop.Now).ShouldNotBeNull();
        FailureView.Of(mirror, Shop.Now.AddDays(2)).ShouldBeNull();
        FailureView.Of(mirror with { History = [.. mirror.History.Reverse()] }, Shop.Now).ShouldBeNull();
        FailureView.Of(mirror with { Operation = View("swapping").Operation }, Shop.Now).ShouldBeNull();
    }

    [Fact]
    public void Snapshots_of_both_sides_are_one_list_with_the_common_one_marked()
    {
        var rows = SnapshotRow.Of(View(Shop.Mirror(report: r => r with { Peer = r.Peer! with { Snapshots = [Shop.Group(2), Shop.Group(4)] } })));

        rows.Select(r => (r.Name, r.Here, r.There, r.IsCommon)).ShouldBe(
        [
            (Shop.Group(4), false, true, false), (Shop.Group(3), true, false, false), (Shop.Group(2), true, true, true), (Shop.Group(1), true, false, false),
        ]);
    }

    [Fact]
    public void What_was_set_aside_says_how_long_it_is_kept()
    {
        // Two sets that did diverge, of three kept; one of a swap, of one kept.
        var rows = SnapshotRow.Of(View("swap-failed")).Where(r => r.SetAside is not null).ToList();

        rows.Select(r => (r.SetAside!.Epoch, r.NewerUntilGone)).ShouldBe([(4, 1), (3, 3), (1, 2)]);
    }

    [Fact]
    public void A_reason_is_told_in_the_readers_language_with_what_it_is_about()
    {
        System.Globalization.CultureInfo.CurrentUICulture = new("ja");
        var page = Render<Wellness>(p => p.Add(w => w.Mirror, View("swap-failed")).Add(w => w.Now, Shop.Now));
        page.Markup.ShouldContain("最新のコピーは 6m40s 前のものです。目標は 5m 以内です。");

        // What only the machinery knows stands below in English, under a heading that is not.
        var hindered = Render<Wellness>(p => p.Add(w => w.Mirror, View("hindered")).Add(w => w.Now, Shop.Now));
        hindered.Find(".problem b").TextContent.ShouldBe("プールの容量が不足しています");
        hindered.Find(".problem [lang=en]").TextContent.ShouldContain("1.0 GiB free");
    }

    [Fact]
    public void Every_problem_that_is_known_by_its_word_is_one_that_the_checks_name()
    {
        var controller = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "src", "Tonari.Controller"));
        var source = string.Concat(Directory.EnumerateFiles(controller, "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        KnownProblems.All.Where(p => !source.Contains($"\"{p}\"", StringComparison.Ordinal)).ShouldBeEmpty();
        var named = System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Path.Combine(controller, "Preflight", "PreflightChecks.cs")), "new\\(\"([A-Za-z]+)\"")
            .Select(m => m.Groups[1].Value).Distinct();
        named.Except(KnownProblems.All).ShouldBeEmpty();
    }

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static MirrorView View(string situation) => View(Situations.All[situation]());

    private static MirrorView View(AppMirror mirror) => MirrorView.Of(mirror, "blue", (_, _) => 10 << 20, Shop.Now);
}
