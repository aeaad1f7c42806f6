namespace Tonari.Mirroring.Tests;

/// <summary>What trying again does not mend is not tried again.</summary>
public sealed class RefusedStepTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(MirrorSyncStage.Requesting)]
    [InlineData(MirrorSyncStage.Pulling)]
    [InlineData(MirrorSyncStage.Committing)]
    public void A_sync_that_cannot_go_on_is_dropped_and_a_fresh_one_begins_under_a_new_name(MirrorSyncStage stage)
    {
        const string name = "m-abcdefghij-e1-s4";
        var policy = new MirrorPolicy { MirrorId = "abcdefghij", Application = "shop", LocalCluster = "green", PeerCluster = "blue", InitialRole = MirrorRole.Secondary };
        var peer = new PeerView { Reachable = true, HasMirror = true, Role = MirrorRole.Primary, Epoch = 1 };
        var status = new MirrorStatus
        {
            Role = MirrorRole.Secondary,
            Epoch = 1,
            HighestEpochSeen = 1,
            LastSequence = 4,
            LastSyncStartedAt = Now,
            Sync = new MirrorSync { Name = name, Stage = stage, StartedAt = Now },
        };
        var step = MirrorPlanner.Decide(policy, status, peer, Now).Steps.ShouldHaveSingleItem();

        var after = MirrorPlanner.Complete(policy, status, peer, step, new StepResult.Refused("It is gone."), Now);

        after.Sync.ShouldBeNull();
        after.Retries.ShouldHaveSingleItem().Message.ShouldBe("It is gone.");
        var later = MirrorPlanner.Decide(policy, after, peer, Now + policy.Schedule);
        later.Next!.Sync!.Name.ShouldBe("m-abcdefghij-e1-s5");
    }
}
