using Grpc.Core;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>The steps that work on this cluster, on an API server and an agent in memory.</summary>
public sealed class LocalStepsTests
{
    private const string First = "m-abcdefghij-e1-s1";
    private const string Third = "m-abcdefghij-e1-s3";
    private const string Second = ReplicaStage.Second;
    private const string Aside = "diverged-abcdefghij-e2-1767225600";

    [Fact]
    public async Task A_promoted_group_becomes_a_live_volume_its_claim_and_its_workload_in_the_mapped_namespace()
    {
        using var stage = ReplicaStage.Replica();

        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));

        stage.Agents["green-main"].Volumes["pvc-1"].HasLive.ShouldBeTrue();
        stage.Find("PersistentVolumeClaim", "data")!.Namespace().ShouldBe("shop-dr");
        stage.Find("PersistentVolume", "pvc-1").At("spec", "csi", "volumeAttributes", "pool").Text().ShouldBe("green-main");
        var set = stage.Find("StatefulSet", "db")!;
        set.Namespace().ShouldBe("shop-dr");
        set.Label(WellKnown.MirrorLabel).ShouldBe(StepStage.Id);
        stage.Find("Application", "shop").At("spec", "namespaces")!.AsArray()[0].At("name").Text().ShouldBe("shop-dr");
    }

    [Fact]
    public async Task Giving_up_live_data_removes_what_was_created_here_and_keeps_the_data_under_its_name()
    {
        using var stage = ReplicaStage.Replica();
        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));
        await stage.DoneAsync(new StopApplication(RunHooks: false));

        await stage.DoneAsync(new SetLiveAside(Aside));

        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        volume.HasLive.ShouldBeFalse();
        volume.Snapshots.ShouldContain(snapshot => snapshot.Name == Aside);
        stage.Labelled().ShouldBeEmpty();
        await stage.DoneAsync(new SetLiveAside(Aside));
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, true)]
    [InlineData(StatusCode.DataLoss, true)]
    [InlineData(StatusCode.Unavailable, false)]
    [InlineData(StatusCode.ResourceExhausted, false)]
    public async Task What_is_no_longer_staged_is_not_committed_again_and_again(StatusCode code, bool refused)
    {
        using var stage = ReplicaStage.Replica();
        stage.Agents["green-main"].CommitError = new RpcException(new Status(code, "What the agent says."));

        var result = await stage.RunAsync(new CommitGroup(Third));

        result.ShouldBe(refused ? new StepResult.Refused("What the agent says.") : new StepResult.Failed("What the agent says."));
    }

    [Fact]
    public async Task A_pool_that_is_not_open_says_nothing_about_its_volumes()
    {
        using var stage = ReplicaStage.Replica();
        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));
        stage.Agents["green-main"].PoolIsOpen = false;

        (await stage.RunAsync(new StopApplication(RunHooks: false))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("not open");
        (await stage.RunAsync(new DeleteSnapshots([First]))).ShouldBeOfType<StepResult.Failed>();
        (await stage.RunAsync(new CleanUp(MirrorRole.Primary))).ShouldBeOfType<StepResult.Failed>();
    }

    [Fact]
    public async Task A_departed_volume_goes_with_the_last_group_that_held_it_and_a_name_is_not_a_prefix()
    {
        using var stage = ReplicaStage.Replica();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-old", live: false, First);
        agent.AddGroup(First, [], "pvc-1", "pvc-old");
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = First });
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = First + "0" });
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = Aside });

        await stage.DoneAsync(new DeleteSnapshots([First, Aside]));

        agent.Volumes.Keys.ShouldBe(["pvc-1"]);
        agent.Groups.Keys.ShouldBe([Second]);
        agent.Volumes["pvc-1"].Snapshots.Select(snapshot => snapshot.Name).ShouldBe([Second, First + "0"]);
    }

    [Fact]
    public async Task A_secondary_lets_go_of_what_it_took_as_primary_and_nobody_came_to_know_of()
    {
        using var stage = ReplicaStage.Replica();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-old", live: false, First);
        agent.AddGroup(First, [], "pvc-1", "pvc-old");
        agent.Volumes["pvc-1"].Staging = new Tonari.Rpc.Agent.Staging { To = Third };
        agent.Resources[Third] = [];
        stage.Status = stage.Status with { Sync = new MirrorSync { Name = Third, Base = Second, Stage = MirrorSyncStage.Committing, StartedAt = default } };

        await stage.DoneAsync(new CommitGroup(Third));

        agent.Groups.Keys.ShouldBe([Second, Third], ignoreOrder: true);
        agent.Volumes.Keys.ShouldBe(["pvc-1"]);
    }

    [Fact]
    public async Task Trouble_with_what_nobody_knows_of_does_not_keep_a_group_from_being_complete()
    {
        using var stage = ReplicaStage.Replica();
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Staging = new Tonari.Rpc.Agent.Staging { To = Third };
        agent.Resources[Third] = [];
        agent.ListError = new RpcException(new Status(StatusCode.DataLoss, "A file is damaged."));
        stage.Status = stage.Status with { Sync = new MirrorSync { Name = Third, Base = Second, Stage = MirrorSyncStage.Committing, StartedAt = default } };

        await stage.DoneAsync(new CommitGroup(Third));

        agent.Groups.Keys.ShouldContain(Third);
    }

    [Fact]
    public async Task What_was_received_of_a_group_that_is_given_up_goes_and_what_is_being_received_stays()
    {
        using var stage = ReplicaStage.Replica();
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Staging = new Tonari.Rpc.Agent.Staging { To = Third };

        await stage.DoneAsync(new DeleteSnapshots(["m-abcdefghij-e1-s30"]));
        agent.Volumes["pvc-1"].Staging.ShouldNotBeNull();

        await stage.DoneAsync(new DeleteSnapshots([Third]));
        agent.Volumes["pvc-1"].Staging.ShouldBeNull();
    }

    [Fact]
    public async Task A_group_that_cannot_be_used_is_neither_promoted_nor_compared_and_goes_by_its_name()
    {
        using var stage = ReplicaStage.Replica();
        var agent = stage.Agents["green-main"];
        agent.Damaged.Add(Second);

        (await stage.RunAsync(new MakeLive(Second))).ShouldBe(new StepResult.Failed("The file is damaged."));
        (await stage.RunAsync(new CompareReplica(Second))).ShouldBe(new StepResult.Refused("The file is damaged."));
        agent.Volumes["pvc-1"].HasLive.ShouldBeFalse();
        await stage.DoneAsync(new DeleteSnapshots([Second]));
        agent.Groups.ShouldNotContainKey(Second);
    }

    [Fact]
    public async Task Replicas_that_are_to_be_kept_are_not_deleted_because_the_newest_group_cannot_be_used()
    {
        using var stage = ReplicaStage.Replica();
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
        using var stage = ReplicaStage.Replica();
        stage.Agents["green-main"].Damaged.Add(Second);

        await stage.DoneAsync(new CleanUp(MirrorRole.Secondary));

        stage.Agents["green-main"].Groups.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_deletion_nothing_is_left_of_a_secondary()
    {
        using var stage = ReplicaStage.Replica();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-half").Staging = new Tonari.Rpc.Agent.Staging { To = Third };
        agent.Add("pvc-other", live: false, "m-zzzzzzzzzz-e1-s1");

        await stage.DoneAsync(new CleanUp(MirrorRole.Secondary));

        agent.Volumes.Keys.ShouldBe(["pvc-other"]);
        agent.Groups.ShouldBeEmpty();
        agent.Resources.ShouldBeEmpty();
        await stage.DoneAsync(new CleanUp(MirrorRole.Secondary));
    }

    [Fact]
    public async Task A_secondarys_volumes_are_kept_as_claims_if_its_user_wants_them()
    {
        using var stage = ReplicaStage.Replica();
        stage.Spec = stage.Spec with { ReplicaVolumesOnDelete = ReplicaVolumesOnDelete.Keep };

        await stage.DoneAsync(new CleanUp(MirrorRole.Secondary));

        stage.Find("PersistentVolumeClaim", "data")!.Namespace().ShouldBe("shop-dr");
        stage.Find("StatefulSet", "db").ShouldBeNull();
        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        volume.HasLive.ShouldBeTrue();
        volume.Snapshots.ShouldBeEmpty();
        stage.Labelled().ShouldBeEmpty();

        // Killed before that was noted: again, and the claims and their data stay.
        await stage.DoneAsync(new CleanUp(MirrorRole.Secondary));
        stage.Find("PersistentVolumeClaim", "data").ShouldNotBeNull();
        stage.Agents["green-main"].Volumes["pvc-1"].HasLive.ShouldBeTrue();
    }

    [Fact]
    public async Task The_users_own_claims_where_the_application_began_keep_their_data()
    {
        using var stage = ReplicaStage.Replica();
        stage.Api.SeedYaml("""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: data, namespace: shop-dr }
            spec: { volumeName: pvc-1, accessModes: [ ReadWriteOnce ], storageClassName: "", resources: { requests: { storage: 4Ki } } }
            status: { phase: Bound }
            """);

        await stage.DoneAsync(new CleanUp(MirrorRole.Secondary));

        stage.Find("PersistentVolumeClaim", "data").ShouldNotBeNull();
        var volume = stage.Agents["green-main"].Volumes["pvc-1"];
        volume.HasLive.ShouldBeTrue("its claim is still there");
        volume.Snapshots.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(MirrorRole.Primary)]
    [InlineData(MirrorRole.Fenced)]
    public async Task A_running_application_survives_the_end_of_its_relationship(MirrorRole role)
    {
        using var stage = ReplicaStage.Replica();
        await stage.DoneAsync(new MakeLive(Second));
        await stage.DoneAsync(new ApplyResources(Second));
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Snapshots.Add(new Tonari.Rpc.Agent.Snapshot { Name = Aside });

        await stage.DoneAsync(new CleanUp(role));

        agent.Volumes["pvc-1"].HasLive.ShouldBeTrue();
        agent.Volumes["pvc-1"].Snapshots.ShouldBeEmpty();
        stage.Find("StatefulSet", "db").At("spec", "replicas")!.ToJsonString().ShouldBe("2");
        stage.Labelled().ShouldBeEmpty();
    }
}
