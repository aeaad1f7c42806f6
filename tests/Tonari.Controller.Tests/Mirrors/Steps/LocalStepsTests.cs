using System.Text.Json.Nodes;
using Grpc.Core;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>The steps that work on this cluster, on an API server and an agent in memory.</summary>
public sealed class LocalStepsTests
{
    private const string First = "m-abcdefghij-e1-s1";
    private const string Third = "m-abcdefghij-e1-s3";
    private const string Second = "m-abcdefghij-e1-s2";
    private const string Aside = "diverged-abcdefghij-e2-1767225600";

    [Fact]
    public async Task A_promoted_group_becomes_a_live_volume_its_claim_and_its_workload_in_the_mapped_namespace()
    {
        using var stage = Replica();

        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));

        stage.Agents["green-main"].Volumes["pvc-1"].HasLive.ShouldBeTrue();
        Find(stage, "PersistentVolumeClaim", "data")!.Namespace().ShouldBe("shop-dr");
        Find(stage, "PersistentVolume", "pvc-1").At("spec", "csi", "volumeAttributes", "pool").Text().ShouldBe("green-main");
        var set = Find(stage, "StatefulSet", "db")!;
        set.Namespace().ShouldBe("shop-dr");
        set.Label(WellKnown.MirrorLabel).ShouldBe(StepStage.Id);
        Find(stage, "Application", "shop").At("spec", "namespaces")!.AsArray()[0].At("name").Text().ShouldBe("shop-dr");
    }

    [Fact]
    public async Task Giving_up_live_data_removes_what_was_created_here_and_keeps_the_data_under_its_name()
    {
        using var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
        await DoneAsync(stage, new StopApplication(RunHooks: false));

        await DoneAsync(stage, new SetLiveAside(Aside));

        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        volume.HasLive.ShouldBeFalse();
        volume.Snapshots.ShouldContain(snapshot => snapshot.Name == Aside);
        Labelled(stage).ShouldBeEmpty();
        await DoneAsync(stage, new SetLiveAside(Aside));
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, true)]
    [InlineData(StatusCode.DataLoss, true)]
    [InlineData(StatusCode.Unavailable, false)]
    [InlineData(StatusCode.ResourceExhausted, false)]
    public async Task What_is_no_longer_staged_is_not_committed_again_and_again(StatusCode code, bool refused)
    {
        using var stage = Replica();
        stage.Agents["green-main"].CommitError = new RpcException(new Status(code, "What the agent says."));

        var result = await stage.RunAsync(new CommitGroup(Third));

        result.ShouldBe(refused ? new StepResult.Refused("What the agent says.") : new StepResult.Failed("What the agent says."));
    }

    [Fact]
    public async Task Stopping_is_finished_only_when_the_node_has_let_go_of_the_volumes()
    {
        using var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Mounted = true;

        var stopping = stage.RunAsync(new StopApplication(RunHooks: false));
        await AdvanceAsync(stage, stopping);
        (await stopping).ShouldBeOfType<StepResult.NotYet>().Message.ShouldContain("still mounted on green");
        Find(stage, "StatefulSet", "db").At("spec", "replicas")!.ToJsonString().ShouldBe("0");

        agent.Volumes["pvc-1"].Mounted = false;
        (await stage.RunAsync(new StopApplication(RunHooks: false))).ShouldBeOfType<StepResult.Stopped>();
    }

    [Theory]
    [InlineData("", "2")]
    [InlineData("shop-dr", "0")]
    public async Task What_an_application_takes_of_another_namespace_is_stopped_only_if_that_lets_it(string consent, string replicas)
    {
        using var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
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

        Find(stage, "StatefulSet", "db").At("spec", "replicas")!.ToJsonString().ShouldBe("0");
        Find(stage, "Deployment", "till").At("spec", "replicas")!.ToJsonString().ShouldBe(replicas);
    }

    [Fact]
    public async Task A_pool_that_is_not_open_says_nothing_about_its_volumes()
    {
        using var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
        stage.Agents["green-main"].PoolIsOpen = false;

        (await stage.RunAsync(new StopApplication(RunHooks: false))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("not open");
        (await stage.RunAsync(new DeleteSnapshots([First]))).ShouldBeOfType<StepResult.Failed>();
        (await stage.RunAsync(new CleanUp(MirrorRole.Primary))).ShouldBeOfType<StepResult.Failed>();
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
        await AdvanceAsync(stage, starting);

        (await starting).ShouldBeOfType<StepResult.NotYet>();
        (Find(stage, "Pod", "db-0") is null).ShouldBe(released);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nor_does_a_side_that_is_to_become_secondary(bool inUse)
    {
        using var stage = await StuckPodAsync(inUse);

        var stopping = stage.RunAsync(new StopApplication(RunHooks: false));
        await AdvanceAsync(stage, stopping);

        (await stopping is StepResult.Stopped).ShouldBe(!inUse);
        (Find(stage, "Pod", "db-0") is null).ShouldBe(!inUse);
    }

    /// <summary>Some kubelets leave the objects of ended pods for a minute, and no claim goes before them.</summary>
    [Theory]
    [InlineData("terminated", true)]
    [InlineData("running", false)]
    public async Task Whoever_gives_its_live_data_up_does_not_wait_for_the_object_of_an_ended_pod(string state, bool released)
    {
        using var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
        stage.Api.SeedYaml($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: db-0, namespace: shop-dr, deletionTimestamp: "2026-01-01T00:00:00Z" }
            spec: { nodeName: node-1, volumes: [ { name: d, persistentVolumeClaim: { claimName: data } } ] }
            status: { containerStatuses: [ { name: db, state: { {{state}}: {} } } ] }
            """);

        (await stage.RunAsync(new SetLiveAside(Aside))).ShouldBeOfType<StepResult.NotYet>();

        stage.Api.All().Any(value => value.Kind() == "Pod" && value.Name() == "db-0").ShouldBe(!released);
    }

    [Fact]
    public async Task A_departed_volume_goes_with_the_last_group_that_held_it_and_a_name_is_not_a_prefix()
    {
        using var stage = Replica();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-old", live: false, First);
        agent.AddGroup(First, [], "pvc-1", "pvc-old");
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = First });
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = First + "0" });
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = Aside });

        await DoneAsync(stage, new DeleteSnapshots([First, Aside]));

        agent.Volumes.Keys.ShouldBe(["pvc-1"]);
        agent.Groups.Keys.ShouldBe([Second]);
        agent.Volumes["pvc-1"].Snapshots.Select(snapshot => snapshot.Name).ShouldBe([Second, First + "0"]);
    }

    [Fact]
    public async Task A_secondary_lets_go_of_what_it_took_as_primary_and_nobody_came_to_know_of()
    {
        using var stage = Replica();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-old", live: false, First);
        agent.AddGroup(First, [], "pvc-1", "pvc-old");
        agent.Volumes["pvc-1"].Staging = new Tonari.Rpc.Agent.Staging { To = Third };
        agent.Resources[Third] = [];
        stage.Status = stage.Status with { Sync = new MirrorSync { Name = Third, Base = Second, Stage = MirrorSyncStage.Committing, StartedAt = default } };

        await DoneAsync(stage, new CommitGroup(Third));

        agent.Groups.Keys.ShouldBe([Second, Third], ignoreOrder: true);
        agent.Volumes.Keys.ShouldBe(["pvc-1"]);
    }

    [Fact]
    public async Task Trouble_with_what_nobody_knows_of_does_not_keep_a_group_from_being_complete()
    {
        using var stage = Replica();
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Staging = new Tonari.Rpc.Agent.Staging { To = Third };
        agent.Resources[Third] = [];
        agent.ListError = new RpcException(new Status(StatusCode.DataLoss, "A file is damaged."));
        stage.Status = stage.Status with { Sync = new MirrorSync { Name = Third, Base = Second, Stage = MirrorSyncStage.Committing, StartedAt = default } };

        await DoneAsync(stage, new CommitGroup(Third));

        agent.Groups.Keys.ShouldContain(Third);
    }

    [Fact]
    public async Task What_was_received_of_a_group_that_is_given_up_goes_and_what_is_being_received_stays()
    {
        using var stage = Replica();
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Staging = new Tonari.Rpc.Agent.Staging { To = Third };

        await DoneAsync(stage, new DeleteSnapshots(["m-abcdefghij-e1-s30"]));
        agent.Volumes["pvc-1"].Staging.ShouldNotBeNull();

        await DoneAsync(stage, new DeleteSnapshots([Third]));
        agent.Volumes["pvc-1"].Staging.ShouldBeNull();
    }

    [Fact]
    public async Task A_group_that_cannot_be_used_is_neither_promoted_nor_compared_and_goes_by_its_name()
    {
        using var stage = Replica();
        var agent = stage.Agents["green-main"];
        agent.Damaged.Add(Second);

        (await stage.RunAsync(new MakeLive(Second))).ShouldBe(new StepResult.Failed("The file is damaged."));
        (await stage.RunAsync(new CompareReplica(Second))).ShouldBe(new StepResult.Refused("The file is damaged."));
        agent.Volumes["pvc-1"].HasLive.ShouldBeFalse();
        await DoneAsync(stage, new DeleteSnapshots([Second]));
        agent.Groups.ShouldNotContainKey(Second);
    }

    [Fact]
    public async Task Replicas_that_are_to_be_kept_are_not_deleted_because_the_newest_group_cannot_be_used()
    {
        using var stage = Replica();
        stage.Spec = stage.Spec with { ReplicaVolumesOnDelete = ReplicaVolumesOnDelete.Keep };
        var agent = stage.Agents["green-main"];
        agent.Damaged.Add(stage.Status.Snapshots[^1].Name);
        var before = agent.Volumes.Keys.ToList();

        (await stage.RunAsync(new CleanUp(MirrorRole.Secondary))).ShouldBe(new StepResult.Failed("The file is damaged."));

        agent.Volumes.Keys.ShouldBe(before);
    }

    [Fact]
    public async Task After_deletion_nothing_is_left_of_a_group_that_cannot_be_used()
    {
        using var stage = Replica();
        stage.Agents["green-main"].Damaged.Add(Second);

        await DoneAsync(stage, new CleanUp(MirrorRole.Secondary));

        stage.Agents["green-main"].Groups.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_deletion_nothing_is_left_of_a_secondary()
    {
        using var stage = Replica();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-half").Staging = new Tonari.Rpc.Agent.Staging { To = Third };
        agent.Add("pvc-other", live: false, "m-zzzzzzzzzz-e1-s1");

        await DoneAsync(stage, new CleanUp(MirrorRole.Secondary));

        agent.Volumes.Keys.ShouldBe(["pvc-other"]);
        agent.Groups.ShouldBeEmpty();
        agent.Resources.ShouldBeEmpty();
        await DoneAsync(stage, new CleanUp(MirrorRole.Secondary));
    }

    [Fact]
    public async Task A_secondarys_volumes_are_kept_as_claims_if_its_user_wants_them()
    {
        using var stage = Replica();
        stage.Spec = stage.Spec with { ReplicaVolumesOnDelete = ReplicaVolumesOnDelete.Keep };

        await DoneAsync(stage, new CleanUp(MirrorRole.Secondary));

        Find(stage, "PersistentVolumeClaim", "data")!.Namespace().ShouldBe("shop-dr");
        Find(stage, "StatefulSet", "db").ShouldBeNull();
        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        volume.HasLive.ShouldBeTrue();
        volume.Snapshots.ShouldBeEmpty();
        Labelled(stage).ShouldBeEmpty();

        // Killed before that was noted: again, and the claims and their data stay.
        await DoneAsync(stage, new CleanUp(MirrorRole.Secondary));
        Find(stage, "PersistentVolumeClaim", "data").ShouldNotBeNull();
        stage.Agents["green-main"].Volumes["pvc-1"].HasLive.ShouldBeTrue();
    }

    [Fact]
    public async Task The_users_own_claims_where_the_application_began_keep_their_data()
    {
        using var stage = Replica();
        stage.Api.Seed(Json("""
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data","namespace":"shop-dr"},
             "spec":{"volumeName":"pvc-1","accessModes":["ReadWriteOnce"],"storageClassName":"","resources":{"requests":{"storage":"4Ki"}}},"status":{"phase":"Bound"}}
            """));

        await DoneAsync(stage, new CleanUp(MirrorRole.Secondary));

        Find(stage, "PersistentVolumeClaim", "data").ShouldNotBeNull();
        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        volume.HasLive.ShouldBeTrue("its claim is still there");
        volume.Snapshots.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(MirrorRole.Primary)]
    [InlineData(MirrorRole.Fenced)]
    public async Task A_running_application_survives_the_end_of_its_relationship(MirrorRole role)
    {
        using var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = Aside });

        await DoneAsync(stage, new CleanUp(role));

        agent.Volumes["pvc-1"].HasLive.ShouldBeTrue();
        agent.Volumes["pvc-1"].Snapshots.ShouldBeEmpty();
        Find(stage, "StatefulSet", "db").At("spec", "replicas")!.ToJsonString().ShouldBe("2");
        Labelled(stage).ShouldBeEmpty();
    }

    /// <summary>A secondary with one committed group of one volume.</summary>
    private static StepStage Replica()
    {
        var stage = new StepStage();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-1", live: false, Second);
        agent.AddGroup(Second, Capture().ToBytes(), "pvc-1");
        stage.Status = stage.Status with
        {
            Snapshots = [new MirrorSnapshot(Second, default, default)],
            Volumes = [new MirrorVolume("shop/data", "pvc-1", "green-main", 4096, null)],
        };
        return stage;
    }

    private static CapturedResources Capture() => new()
    {
        SourceCluster = "blue",
        Objects =
        [
            Json("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"""),
            Json("""{"apiVersion":"tonari.dev/v1alpha1","kind":"Application","metadata":{"name":"shop","namespace":"shop"},"spec":{"namespaces":[{"name":"shop"}]}}"""),
            Json("""
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},
             "spec":{"replicas":2,"selector":{"matchLabels":{"app":"db"}},"template":{"metadata":{"labels":{"app":"db"}},
             "spec":{"containers":[{"name":"db","image":"db"}],"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}]}}}}
            """),
        ],
        Volumes = [new CapturedVolume { Key = "shop/data", Namespace = "shop", Claim = "data", VolumeId = "pvc-1", SizeBytes = 4096, AccessModes = ["ReadWriteOnce"] }],
    };

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private static JsonObject? Find(StepStage stage, string kind, string name) =>
        stage.Api.All().FirstOrDefault(value => value.Kind() == kind && value.Name() == name);

    private static IEnumerable<string> Labelled(StepStage stage) => stage.Api.All()
        .Where(value => value.Label(WellKnown.MirrorLabel) is not null && value.Kind() is not "Namespace")
        .Select(value => $"{value.Kind()} {value.Name()}");

    /// <summary>As the worker does: again while it is not finished.</summary>
    /// <summary>A pod that was told to end, and of which the kubelet still says that it runs.</summary>
    private static async Task<StepStage> StuckPodAsync(bool inUse)
    {
        var stage = Replica();
        await DoneAsync(stage, new MakeLive(Second));
        await DoneAsync(stage, new ApplyResources(Second));
        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        (volume.Mounted, volume.Attached) = (inUse, inUse);
        stage.Api.SeedYaml("""
            apiVersion: v1
            kind: Pod
            metadata: { name: db-0, namespace: shop-dr, deletionTimestamp: "2026-01-01T00:00:00Z" }
            spec: { nodeName: node-1, volumes: [ { name: d, persistentVolumeClaim: { claimName: data } } ] }
            status: { containerStatuses: [ { name: db, state: { running: {} } } ] }
            """);
        return stage;
    }

    private static async Task DoneAsync(StepStage stage, MirrorStep step)
    {
        for (var tries = 0; tries < 10; tries++)
        {
            var result = await stage.RunAsync(step);
            if (result is StepResult.NotYet) continue;
            (result is StepResult.Done or StepResult.Stopped).ShouldBeTrue($"{step.Key}: {result}");
            return;
        }

        throw new TimeoutException($"{step.Key} does not come to an end.");
    }

    private static async Task AdvanceAsync(StepStage stage, Task task)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!task.IsCompleted && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            stage.Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
