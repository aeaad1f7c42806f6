using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Hooks;

public class HookRunnerTests
{
    private readonly FakeKubernetesApi _api = new();
    private readonly List<string> _ran = [];

    public HookRunnerTests()
    {
        _api.OnExec = request =>
        {
            _ran.Add($"{request.Pod}/{request.Container}: {string.Join(' ', request.Command)}");
            return request.Command[0] switch
            {
                "fail" => new ExecResult(3, "out", "err", null),
                "hang" => new ExecResult(null, "", "", "The command did not end within 1 s."),
                "talk" => new ExecResult(0, new string('ü', 5000), "", null),
                _ => new ExecResult(0, "ok\n", "", null),
            };
        };
        Pod("db-0", "postgres:16", "Running", running: true);
        Pod("db-1", "postgres:16", "Running", running: true);
        Pod("web-0", "nginx:1", "Running", running: true);
        Pod("ending", "postgres:16", "Running", running: true, deleted: true);
        Pod("starting", "postgres:16", "Pending", running: false);
    }

    [Fact]
    public async Task Hooks_run_by_weight_then_name_in_every_matching_running_container()
    {
        Hook("b", weight: 0, command: "second", image: "nginx");
        Hook("a", weight: 0, command: "first", image: "^postgres:1[0-9]$");
        Hook("z", weight: -5, command: "before", image: "nginx");
        Hook("other-stage", stage: HookStage.PostRestore);
        Hook("other-app", application: "bank");
        var outcome = await RunAsync();
        _ran.ShouldBe(["web-0/c: before", "db-0/c: first", "db-1/c: first", "web-0/c: second"]);
        outcome.Abort.ShouldBeFalse();
        outcome.Records.ShouldAllBe(r => r.Succeeded && r.Output == "ok" && r.Stage == "PreSnapshot");
        outcome.Records[0].Container.ShouldBe("shop/web-0/c");
    }

    [Fact]
    public async Task A_failing_hook_ends_the_stage_and_says_why()
    {
        Hook("a", command: "fail", image: "postgres");
        Hook("b", command: "never");
        var outcome = await RunAsync();
        outcome.Abort.ShouldBeTrue();
        outcome.Problem!.ShouldContain("exit code 3");
        outcome.Problem!.ShouldContain("err");
        _ran.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_failing_hook_that_only_warns_does_not_end_the_stage()
    {
        Hook("a", command: "hang", image: "nginx", onFailure: HookFailurePolicy.Warn);
        Hook("b", command: "next", image: "nginx");
        var outcome = await RunAsync();
        outcome.Abort.ShouldBeFalse();
        outcome.Records.Select(r => r.Succeeded).ShouldBe([false, true]);
        outcome.Records[0].Output.ShouldContain("did not end");
    }

    [Fact]
    public async Task Output_is_cut_at_its_limit_and_not_inside_a_character()
    {
        Hook("a", command: "talk", image: "nginx");
        var output = (await RunAsync()).Records.Single().Output;
        System.Text.Encoding.UTF8.GetByteCount(output).ShouldBe(HookRunner.OutputLimit);
        output.ShouldAllBe(c => c == 'ü');
    }

    [Fact]
    public async Task No_matching_container_is_said_and_is_no_failure()
    {
        Hook("a", image: "mysql");
        var record = (await RunAsync()).Records.Single();
        record.Succeeded.ShouldBeTrue();
        record.Output.ShouldContain("No running container matches");
    }

    [Fact]
    public async Task A_hook_reaches_no_namespace_outside_its_application_and_a_bad_pattern_fails_in_words()
    {
        Hook("a", ns: "bank", onFailure: HookFailurePolicy.Warn);
        Hook("b", image: "(", onFailure: HookFailurePolicy.Warn);
        var outcome = await RunAsync();
        outcome.Records.ShouldAllBe(r => !r.Succeeded);
        outcome.Records[0].Output.ShouldContain("not one of the application's");
        outcome.Records[1].Output.ShouldContain("selector cannot be used");
        _ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pod_that_goes_away_meanwhile_is_a_failure_not_a_crash()
    {
        Hook("a", image: "nginx");
        _api.OnExec = _ => throw new ResourceNotFoundException("pods \"web-0\" not found");
        var outcome = await RunAsync();
        outcome.Abort.ShouldBeTrue();
        outcome.Problem!.ShouldContain("not found");
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("25h")]
    [InlineData("2562047h")]
    public async Task A_hook_of_no_time_or_of_days_is_not_run_and_says_so(string timeout)
    {
        Hook("a");
        var hook = await _api.GetAsync<ExecHook>("shop", "a", CancellationToken.None);
        hook.Spec = hook.Spec with { Timeout = GoDuration.Parse(timeout) };
        _api.Seed(hook);

        var outcome = await RunAsync();

        outcome.Problem!.ShouldContain("at most 24h");
        _ran.ShouldBeEmpty();
    }

    private Task<HookOutcome> RunAsync() => new HookRunner(_api).RunAsync("shop", "shop", ["shop"], HookStage.PreSnapshot, CancellationToken.None);

    private void Hook(
        string name, int weight = 0, string command = "run", string? image = null, string application = "", HookStage stage = HookStage.PreSnapshot,
        HookFailurePolicy onFailure = HookFailurePolicy.Abort, string? ns = null) => _api.Seed(new ExecHook
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "shop" },
            Spec = new ExecHookSpec
            {
                Application = application,
                Stages = [stage],
                Weight = weight,
                Command = [command],
                OnFailure = onFailure,
                Selector = new HookSelector { ContainerImage = image, Namespace = ns },
            },
        });

    private void Pod(string name, string image, string phase, bool running, bool deleted = false) => _api.Seed(new V1Pod
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "shop", DeletionTimestamp = deleted ? new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) : null },
        Spec = new V1PodSpec { Containers = [new V1Container { Name = "c", Image = image }] },
        Status = new V1PodStatus
        {
            Phase = phase,
            ContainerStatuses = [new V1ContainerStatus { Name = "c", Image = image, ImageID = "", State = running ? new V1ContainerState { Running = new() } : new V1ContainerState { Waiting = new() } }],
        },
    });
}
