using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Controller.Agents;
using Tonari.Controller.Peers;
using Tonari.Controller.Snapshots;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Snapshots;

public sealed class GroupSnapshotServiceTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private readonly FakeKubernetesApi _api = new();
    private readonly FakeAgent _agent = new();
    private readonly GroupSnapshotService _service;

    public GroupSnapshotServiceTests()
    {
        _api.SeedShop();
        _api.SeedHook("quiesce", HookStage.PreSnapshot);
        _api.SeedHook("resume", HookStage.PostSnapshot);
        _api.OnExec = request =>
        {
            lock (_agent.Events)
                _agent.Events.Add(request.Command[0]);
            return new ExecResult(0, "", "", null);
        };
        _service = Service(new ApplicationCapture(_api, TimeProvider.System));
    }

    [Fact]
    public async Task All_volumes_are_taken_between_the_hooks_and_the_resources_are_kept_beside_them()
    {
        _api.SeedVolume("data");
        _api.SeedVolume("wal");

        var taken = await TakeAsync();

        _agent.Events.ShouldBe(["quiesce", "take s1", "resume"]);
        (taken.Pool, taken.FrozenFor.TotalMilliseconds, taken.ResourcesBytes).ShouldBe(("blue-main", 12, _agent.Resources["s1"].Length));
        taken.Volumes.ShouldBe([new("shop", "data", "pvc-data", 4096, "tonari"), new("shop", "wal", "pvc-wal", 4096, "tonari")]);
        taken.Hooks.Select(h => h.Hook).ShouldBe(["quiesce", "resume"]);
        var kept = CapturedResources.FromBytes(_agent.Resources["s1"]);
        kept.Volumes.Count.ShouldBe(2);
        kept.Objects.Select(o => $"{o.Kind()}/{o.Name()}").ShouldContain("ConfigMap/settings");
    }

    [Fact]
    public async Task Whoever_asks_for_the_same_again_gets_it_without_a_second_capture()
    {
        _api.SeedVolume("data");
        var first = await TakeAsync();
        var asked = _api.Requests.Count;

        var again = await TakeAsync();

        again.ShouldBeEquivalentTo(first with { Hooks = [] });
        (_api.Requests.Count - asked).ShouldBe(1, "only whether the application is still there, and whose it may be");
        _agent.Groups.Clear();
        await TakeAsync();
        _agent.Events.Count(e => e == "take s1").ShouldBe(2, "it was deleted meanwhile");
    }

    [Fact]
    public async Task What_was_taken_and_never_noted_goes_once_a_later_one_is_there()
    {
        _api.SeedVolume("data");
        foreach (var name in (string[])["m-abcdefghij-e1-s1", "m-abcdefghij-e1-s2", "m-abcdefghij-e1-s3", "m-abcdefghij-e1-s4", "nightly"])
            await TakeAsync(name);
        var status = new MirrorStatus { Snapshots = [new("m-abcdefghij-e1-s1", default, default), new("m-abcdefghij-e1-s3", default, default)] };

        await _service.DeleteForgottenAsync("blue-main", "abcdefghij", "m-abcdefghij-e1-s3", status);

        _agent.Groups.Keys.ShouldBe(["m-abcdefghij-e1-s1", "m-abcdefghij-e1-s3", "m-abcdefghij-e1-s4", "nightly"], ignoreOrder: true);
    }

    [Fact]
    public async Task The_application_itself_travels_although_its_selector_does_not_choose_it()
    {
        _api.SeedVolume("data");

        await TakeAsync();

        CapturedResources.FromBytes(_agent.Resources["s1"]).Objects.ShouldContain(o => o.Kind() == "Application" && o.Name() == "shop" && o["status"] == null);
    }

    [Fact]
    public async Task A_failing_hook_means_no_snapshot_and_the_other_hooks_still_resume()
    {
        _api.SeedVolume("data");
        var exec = _api.OnExec!;
        _api.OnExec = request => exec(request) with { ExitCode = request.Command[0] == "quiesce" ? 1 : 0 };

        (await Should.ThrowAsync<SnapshotRefusedException>(() => TakeAsync())).Message.ShouldContain("quiesce");

        _agent.Events.ShouldBe(["quiesce", "resume"]);
        _agent.Groups.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(StatusCode.DataLoss, true)]
    [InlineData(StatusCode.FailedPrecondition, false)]
    public async Task What_is_there_and_damaged_is_told_from_what_may_succeed_later(StatusCode code, bool damaged)
    {
        _api.SeedVolume("data");
        _agent.Refuse = new Status(code, "What the agent says.");

        (await Should.ThrowAsync<SnapshotRefusedException>(() => TakeAsync())).IsDamaged.ShouldBe(damaged);
    }

    [Fact]
    public async Task When_the_freeze_fails_the_hooks_still_resume_and_the_reason_is_the_agents()
    {
        _api.SeedVolume("data");
        _agent.Refuse = new Status(StatusCode.FailedPrecondition, "Freezing pvc-data took too long.");

        (await Should.ThrowAsync<SnapshotRefusedException>(() => TakeAsync())).Message.ShouldBe("Freezing pvc-data took too long.");

        _agent.Events.ShouldBe(["quiesce", "take s1", "resume"]);
    }

    [Fact]
    public async Task When_the_caller_leaves_in_the_middle_the_snapshot_is_finished_and_the_hooks_resume()
    {
        _api.SeedVolume("data");
        using var caller = new CancellationTokenSource();
        _agent.Meanwhile = caller.CancelAsync;

        await _service.TakeAsync(Wanted(), caller.Token);

        caller.IsCancellationRequested.ShouldBeTrue();
        _agent.Events.ShouldBe(["quiesce", "take s1", "resume"]);
        _agent.Groups.Keys.ShouldBe(["s1"]);
        _agent.Resources.Keys.ShouldBe(["s1"]);
    }

    [Fact]
    public async Task Asked_again_nothing_runs_again_and_missing_resources_are_made_up_for()
    {
        _api.SeedVolume("data");
        var first = await TakeAsync();
        _agent.Resources.Clear();
        _api.SeedVolume("later");

        var again = await TakeAsync();

        _agent.Events.ShouldBe(["quiesce", "take s1", "resume"]);
        again.Volumes.ShouldBe(first.Volumes);
        _agent.Resources.Keys.ShouldBe(["s1"]);
    }

    [Fact]
    public async Task An_application_whose_volumes_have_vanished_is_not_snapshotted_empty()
    {
        (await Should.ThrowAsync<SnapshotRefusedException>(() => TakeAsync()))
            .Message.ShouldContain("no volume that can be replicated any more");

        _agent.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task Volumes_on_two_pools_are_refused_by_name()
    {
        _api.SeedVolume("data");
        _api.SeedVolume("wal", pool: "blue-other");

        (await Should.ThrowAsync<SnapshotRefusedException>(() => TakeAsync())).Message.ShouldContain("blue-main, blue-other");
    }

    [Fact]
    public async Task Two_snapshots_of_one_application_are_taken_one_after_the_other()
    {
        _api.SeedVolume("data");
        var gate = new TaskCompletionSource();
        _agent.Meanwhile = () => gate.Task;

        var first = TakeAsync();
        var second = TakeAsync("s2");
        gate.SetResult();
        await Task.WhenAll(first, second);

        _agent.Events.Order().ShouldBe(["quiesce", "quiesce", "resume", "resume", "take s1", "take s2"]);
        _agent.Events.Take(3).Last().ShouldBe("resume");
    }

    [Fact]
    public async Task An_agent_that_is_away_is_no_refusal()
    {
        _api.SeedVolume("data");
        _agent.Away = true;

        await Should.ThrowAsync<AgentUnavailableException>(() => TakeAsync());
    }

    [Fact]
    public async Task What_spans_a_namespace_that_may_not_be_read_is_not_captured_at_all()
    {
        (await Should.ThrowAsync<SnapshotRefusedException>(() => _service.TakeAsync(Wanted() with { MayRead = ns => ns != "shop" }, Ct)))
            .Message.ShouldContain("spans the namespace shop");

        _agent.Events.ShouldBeEmpty();
        _agent.Resources.ShouldBeEmpty();
        _api.Requests.ShouldAllBe(r => r.Verb == "get");
    }

    [Fact]
    public async Task An_unknown_application_is_refused_by_name()
    {
        (await Should.ThrowAsync<SnapshotRefusedException>(() => _service.TakeAsync(Wanted() with { Application = "web" }, Ct))).Message.ShouldContain("shop/web");
    }

    [Fact]
    public async Task The_last_one_holds_also_what_the_watches_have_not_seen()
    {
        _api.SeedVolume("data");
        var ingresses = ResourceKind.Of<V1Ingress>();
        _api.LoseEvent = lost => lost.Value.Kind() == ingresses.Kind;
        var contents = new NamespaceContents(_api, TimeProvider.System, NullLogger<NamespaceContents>.Instance);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var run = contents.RunAsync(end.Token);
        await Eventually.TrueAsync(() => contents.KnowsKinds && !contents.MayHold(ingresses, "shop"), "everything to be seen");
        _api.SeedYaml("{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: front, namespace: shop, labels: { app: shop } } }");
        var service = Service(new ApplicationCapture(_api, TimeProvider.System, contents: contents));

        await service.TakeAsync(Wanted(), Ct);
        await service.TakeAsync(Wanted("s2") with { IsLast = true }, Ct);

        Kept("s1").ShouldNotContain("Ingress", "or this test proves nothing");
        Kept("s2").ShouldContain("Ingress");
        await end.CancelAsync();
        await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        IEnumerable<string> Kept(string name) => CapturedResources.FromBytes(_agent.Resources[name]).Objects.Select(o => o.Kind());
    }

    private GroupSnapshotService Service(ApplicationCapture capture) =>
        new(_api, capture, new HookRunner(_api), _agent, new PeerSelf("blue", "b:1", "0.1.0", ""), NullLogger<GroupSnapshotService>.Instance);

    private static WantedGroup Wanted(string name = "s1") => new("shop", "shop", name, _ => true, IsLast: false);

    private Task<TakenGroup> TakeAsync(string name = "s1") => _service.TakeAsync(Wanted(name), Ct);
}
