using Tonari.Kubernetes.Api;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>Stopping and starting the application: whose pods, and what is waited for.</summary>
public sealed class StopAndStartTests
{
    private const string Second = ReplicaStage.Second;
    private const string Aside = "diverged-abcdefghij-e2-1767225600";

    [Fact]
    public async Task Stopping_is_finished_only_when_the_node_has_let_go_of_the_volumes()
    {
        using var stage = ReplicaStage.Replica();
        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Mounted = true;

        var stopping = stage.RunAsync(new StopApplication(RunHooks: false));
        await stage.AdvanceAsync(stopping);
        (await stopping).ShouldBeOfType<StepResult.NotYet>().Message.ShouldContain("still mounted on green");
        stage.Find("StatefulSet", "db").At("spec", "replicas")!.ToJsonString().ShouldBe("0");

        agent.Volumes["pvc-1"].Mounted = false;
        (await stage.RunAsync(new StopApplication(RunHooks: false))).ShouldBeOfType<StepResult.Stopped>();
    }

    [Theory]
    [InlineData("", "2")]
    [InlineData("shop-dr", "0")]
    public async Task What_an_application_takes_of_another_namespace_is_stopped_only_if_that_lets_it(string consent, string replicas)
    {
        using var stage = ReplicaStage.Replica();
        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));
        stage.Api.SeedYaml($$"""
            { apiVersion: v1, kind: Namespace, metadata: { name: bank, annotations: { tonari.dev/applications: '{{consent}}' } } }
            ---
            { apiVersion: apps/v1, kind: Deployment, metadata: { name: till, namespace: bank }, spec: { replicas: 2 } }
            ---
            apiVersion: tonari.dev/v1alpha1
            kind: Application
            metadata: { name: shop, namespace: shop-dr }
            spec: { namespaces: [ { name: shop-dr }, { name: bank } ] }
            """);

        await stage.RunAsync(new StopApplication(RunHooks: false));

        stage.Find("StatefulSet", "db").At("spec", "replicas")!.ToJsonString().ShouldBe("0");
        stage.Find("Deployment", "till").At("spec", "replicas")!.ToJsonString().ShouldBe(replicas);
    }

    /// <summary>Some kubelets go on saying for a minute of a pod that it runs; a StatefulSet waits for its object to go.</summary>
    [Theory]
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    public async Task A_start_does_not_wait_for_the_object_of_a_pod_whose_volumes_are_unmounted(bool inUse, bool told, bool released)
    {
        using var stage = await StuckPodAsync(inUse);
        stage.Agents["green-main"].PoolIsOpen = told;

        var starting = stage.RunAsync(new AwaitReady());
        await stage.AdvanceAsync(starting);

        (await starting).ShouldBeOfType<StepResult.NotYet>();
        (stage.Find("Pod", "db-0") is null).ShouldBe(released);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nor_does_a_side_that_is_to_become_secondary(bool inUse)
    {
        using var stage = await StuckPodAsync(inUse);

        var stopping = stage.RunAsync(new StopApplication(RunHooks: false));
        await stage.AdvanceAsync(stopping);

        (await stopping is StepResult.Stopped).ShouldBe(!inUse);
        (stage.Find("Pod", "db-0") is null).ShouldBe(!inUse);
    }

    /// <summary>Some kubelets leave the objects of ended pods for a minute, and no claim goes before them.</summary>
    [Theory]
    [InlineData("terminated", true, true)]
    [InlineData("running", true, false)]
    [InlineData("running", false, true)]
    [InlineData("waiting", false, true)]
    public async Task Whoever_gives_its_live_data_up_does_not_wait_for_the_object_of_an_ended_pod(string state, bool inUse, bool released)
    {
        using var stage = await StuckPodAsync(inUse, state);

        (await stage.RunAsync(new SetLiveAside(Aside))).ShouldBeOfType<StepResult.NotYet>();

        (stage.Find("Pod", "db-0") is null).ShouldBe(released);
    }

    /// <summary>A pod that was told to end, and of which the kubelet still says that it runs, or something else.</summary>
    private static async Task<StepStage> StuckPodAsync(bool inUse, string state = "running")
    {
        var stage = ReplicaStage.Replica();
        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));
        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        (volume.Mounted, volume.Attached) = (inUse, inUse);
        stage.Api.SeedYaml($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: db-0, namespace: shop-dr, deletionTimestamp: "2026-01-01T00:00:00Z" }
            spec: { nodeName: node-1, volumes: [ { name: d, persistentVolumeClaim: { claimName: data } } ] }
            status: { containerStatuses: [ { name: db, state: { {{state}}: {} } } ] }
            """);
        return stage;
    }
}
