namespace Tonari.Mirroring.Tests;

/// <summary>Proving the replica, decided and noted: what is due, what follows from what was found, and what it must never stand in the way of.</summary>
public sealed class VerificationTests
{
    private const string Common = "m-aaaaaaaaaa-e1-s5";
    private const string Newer = "m-aaaaaaaaaa-e1-s6";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DamagedVolume Damaged = new("shop/data", "pvc-1", DamagedCopy.Secondary, 1, [new RegionRun(5, 1)]);

    private DateTimeOffset now = Start.AddHours(1);

    private MirrorPolicy policy = new()
    {
        MirrorId = "aaaaaaaaaa",
        Application = "shop",
        LocalCluster = "green",
        PeerCluster = "blue",
        InitialRole = MirrorRole.Secondary,
        Schedule = TimeSpan.FromHours(24),
        WantedRpo = TimeSpan.FromHours(48),
        VerifySchedule = TimeSpan.FromHours(2),
    };

    private MirrorStatus status = new()
    {
        Role = MirrorRole.Secondary,
        Epoch = 1,
        HighestEpochSeen = 1,
        LastSequence = 5,
        LastSyncStartedAt = Start,
        LastVerificationAt = Start,
        Snapshots = [new MirrorSnapshot("m-aaaaaaaaaa-e1-s4", Start, Start), new MirrorSnapshot(Common, Start, Start)],
    };

    private PeerView peer = new() { Reachable = true, HasMirror = true, Role = MirrorRole.Primary, Epoch = 1, Snapshots = ["m-aaaaaaaaaa-e1-s4", Common] };

    [Fact]
    public void It_is_due_by_schedule_and_not_before()
    {
        Decide().WakeAt.ShouldBe(Start.AddHours(2));
        now = Start.AddHours(2);
        Settle();
        Steps().ShouldBe([$"compare {Common}"]);
    }

    [Fact]
    public void Without_a_schedule_it_only_comes_when_asked_for()
    {
        policy = policy with { VerifySchedule = null };
        now = Start.AddDays(365);
        status = status with { LastSyncStartedAt = now };
        Settle();
        Steps().ShouldBeEmpty();
        Ask(MirrorOperationType.Verify);
        Steps().ShouldBe([$"compare {Common}"]);
    }

    [Fact]
    public void The_first_one_counts_from_the_first_complete_group_snapshot()
    {
        status = status with
        {
            LastVerificationAt = null,
            Sync = new MirrorSync { Name = Newer, Base = Common, Stage = MirrorSyncStage.Committing, StartedAt = now },
        };
        Settle();
        Steps().ShouldBe([$"commit {Newer}"], "nothing is due before anything was ever counted");
        Complete(new CommitGroup(Newer), new StepResult.Done());
        status.LastVerificationAt.ShouldBe(now);
    }

    [Fact]
    public void Equal_copies_are_noted_as_proof()
    {
        Ask(MirrorOperationType.Verify);
        now += TimeSpan.FromMinutes(3);
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, []));
        status.Proven.ShouldBe(new MirrorProof(Common, now, 1000, 0) { DurationMs = 180_000 });
        (status.Verification, status.Operation, status.Damage).ShouldBe((null, null, null));
        var record = status.History.ShouldHaveSingleItem();
        (record.Type, record.Succeeded, record.Snapshot).ShouldBe((MirrorOperationType.Verify, true, Common));
        Report().Health.ShouldBe(MirrorHealth.Normal);
        Decide().WakeAt.ShouldBe(now.AddHours(2));
    }

    [Fact]
    public void One_by_schedule_that_finds_nothing_leaves_the_history_alone()
    {
        now = Start.AddHours(2);
        Settle();
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, []));
        status.History.ShouldBeEmpty();
        status.Proven.ShouldNotBeNull();
    }

    [Fact]
    public void A_difference_is_critical_until_it_is_healed_and_proven()
    {
        now = Start.AddHours(2);
        Settle();
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged]));
        Report().Cause.ShouldBe(HealthCause.ReplicaDamaged);
        Report().Health.ShouldBe(MirrorHealth.Critical);
        Report().Reason.ShouldContain("shop/data");
        Steps().ShouldBe([$"heal {Common}"]);
        Complete(new HealReplica(Common, [Damaged]), new StepResult.Healed(500, []));
        Report().Health.ShouldBe(MirrorHealth.Critical, "healed is only what was compared again");
        Steps().ShouldBe([$"compare {Common}"]);
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, []));
        Report().Health.ShouldBe(MirrorHealth.Normal);
        status.Proven!.HealedRegions.ShouldBe(1);
        var record = status.History.ShouldHaveSingleItem("somebody wants to know that a disk forgets");
        record.Message.ShouldStartWith("1 region differed and was fetched again.");
        record.WireBytes.ShouldBe(500);
    }

    [Fact]
    public void What_healing_does_not_mend_stays_critical_and_is_tried_again_later()
    {
        now = Start.AddHours(2);
        Settle();
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged]));
        Complete(new HealReplica(Common, [Damaged]), new StepResult.Healed(500, []));
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged]));
        status.Verification.ShouldBeNull("it does not go round and round");
        Report().Cause.ShouldBe(HealthCause.ReplicaDamaged);
        Steps().ShouldBeEmpty();
        Decide().WakeAt.ShouldBe(now + MirrorLimits.HealRetry);
        now += MirrorLimits.HealRetry;
        Settle();
        Steps().ShouldBe([$"compare {Common}"]);
        status.Damage!.FoundAt.ShouldBe(Start.AddHours(2));
    }

    [Theory]
    [InlineData(DamagedCopy.Primary, "The copy of " + Common + " on blue is not what it was")]
    [InlineData(DamagedCopy.Both, "neither copy is known to be what was written")]
    public void A_wrong_primary_is_said_and_not_spread(DamagedCopy copy, string sentence)
    {
        Ask(MirrorOperationType.Verify);
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged with { Copy = copy }]));
        Steps().ShouldBeEmpty("nothing is fetched");
        Report().Cause.ShouldBe(HealthCause.SourceDamaged);
        Report().Health.ShouldBe(MirrorHealth.Critical);
        Report().Reason.ShouldContain(sentence);
        status.History.ShouldHaveSingleItem().Succeeded.ShouldBeFalse();
        Decide().WakeAt.ShouldBe(now.AddHours(2), "only by schedule");
    }

    [Fact]
    public void The_primary_says_what_its_secondary_has_found()
    {
        var told = new PeerDamage(SourceIsWrong: true, "The copy on blue is wrong.");
        var blue = policy with { LocalCluster = "blue", PeerCluster = "green", InitialRole = MirrorRole.Primary };
        var report = MirrorReport.Of(
            blue, status with { Role = MirrorRole.Primary }, peer with { Role = MirrorRole.Secondary, Damage = told }, now);
        (report.Health, report.Cause, report.Reason).ShouldBe((MirrorHealth.Critical, HealthCause.SourceDamaged, told.Message));
    }

    [Fact]
    public void Syncs_go_on_beside_comparing_and_wait_while_the_replica_is_mended()
    {
        Ask(MirrorOperationType.Verify);
        status = status with { Sync = new MirrorSync { Name = Newer, Base = Common, Stage = MirrorSyncStage.Pulling, StartedAt = now } };
        Steps().ShouldBe([$"pull {Newer} from {Common}", $"compare {Common}"]);
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged]));
        Steps().ShouldBe([$"heal {Common}"]);
        status = status with { Sync = status.Sync! with { Stage = MirrorSyncStage.Committing } };
        Steps().ShouldBe([$"commit {Newer}"], "what is complete in the pool is made known before it is mended");
    }

    [Fact]
    public void What_is_compared_stays_on_both_sides()
    {
        Ask(MirrorOperationType.Verify);
        MirrorSnapshot[] more = [.. Enumerable.Range(6, 10).Select(i => new MirrorSnapshot($"m-aaaaaaaaaa-e1-s{i}", Start, Start))];
        status = status with { Snapshots = [.. status.Snapshots, .. more] };
        peer = peer with { Snapshots = [.. peer.Snapshots, .. more.Select(snapshot => snapshot.Name)] };
        Settle();
        status.Snapshots.Select(snapshot => snapshot.Name).ShouldContain(Common);
        status.Snapshots.Count.ShouldBe(4);

        var primary = status with { Role = MirrorRole.Primary, Verification = null, Operation = null, Application = ApplicationRun.Running };
        primary = primary with { Snapshots = [new MirrorSnapshot(Common, Start, Start), .. more] };
        var view = peer with { Role = MirrorRole.Secondary, Verification = new PeerVerification(Common, 0, 0) };
        var kept = MirrorPlanner.Decide(policy, primary, view, now).Next!;
        kept.Snapshots.Select(snapshot => snapshot.Name).ShouldContain(Common);
        kept.Snapshots.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(MirrorOperationType.Reverse)]
    [InlineData(MirrorOperationType.FailOver)]
    [InlineData(MirrorOperationType.CancelTransfer)]
    [InlineData(MirrorOperationType.Sync)]
    public void Nothing_waits_for_it(MirrorOperationType type)
    {
        Ask(MirrorOperationType.Verify);
        Ask(type);
        status.History[0].Message.ShouldBe($"Verify was given up for {type}.");
        status.LastOperationId.ShouldBe(type.ToString());
        Steps().ShouldNotContain($"compare {Common}");
    }

    [Fact]
    public void A_fail_over_takes_place_in_the_middle_of_healing()
    {
        Ask(MirrorOperationType.Verify);
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged]));
        Ask(MirrorOperationType.FailOver);
        status.Role.ShouldBe(MirrorRole.Primary);
        Steps().ShouldBe([$"make live {Common}"]);
        status.Verification.ShouldBeNull();
    }

    [Fact]
    public void No_planned_move_starts_from_a_replica_that_is_known_to_differ()
    {
        Ask(MirrorOperationType.Verify);
        Complete(new CompareReplica(Common), new StepResult.Compared(1000, [Damaged]));
        Ask(MirrorOperationType.Reverse);
        status.Role.ShouldBe(MirrorRole.Secondary);
        status.History[^1].Message.ShouldContain("not healed yet");
    }

    [Fact]
    public void A_snapshot_that_is_gone_is_followed_by_a_fresh_beginning_after_a_pause()
    {
        Ask(MirrorOperationType.Verify);
        Complete(new CompareReplica(Common), new StepResult.Refused("gone"));
        status.Verification.ShouldBeNull();
        Steps().ShouldBeEmpty();
        now += TimeSpan.FromSeconds(2);
        Settle();
        Steps().ShouldBe([$"compare {Common}"]);
        Complete(new CompareReplica(Common), new StepResult.Compared(1, []));
        status.Retries.ShouldBeEmpty();
    }

    [Fact]
    public void A_transfer_refused_as_spoilt_has_the_replica_compared_soon()
    {
        var pull = new PullGroup(Newer, Common);
        policy = policy with { VerifySchedule = null };
        status = status with { Sync = new MirrorSync { Name = Newer, Base = Common, Stage = MirrorSyncStage.Pulling, StartedAt = now } };
        Complete(pull, new StepResult.Spoilt("not what the source has"));
        Settle();
        Steps().ShouldBe([$"compare {Common}"]);
        Complete(new CompareReplica(Common), new StepResult.Compared(1, []));
        Complete(pull, new StepResult.Spoilt("not what the source has"));
        Steps().ShouldBeEmpty("not again and again");
    }

    [Fact]
    public void Nothing_is_compared_while_paused_or_while_the_peer_is_silent()
    {
        Ask(MirrorOperationType.Verify);
        peer = peer with { Reachable = false };
        Steps().ShouldBeEmpty();
        peer = peer with { Reachable = true };
        policy = policy with { Paused = true };
        Steps().ShouldBeEmpty();
    }

    [Fact]
    public void A_request_on_the_primary_is_handed_on()
    {
        status = status with { Role = MirrorRole.Primary, Application = ApplicationRun.Running };
        peer = peer with { Role = MirrorRole.Secondary };
        Ask(MirrorOperationType.Verify);
        Steps().ShouldBe(["forward Verify"]);
    }

    [Fact]
    public void Whose_copy_is_wrong_follows_from_what_was_recorded()
    {
        var right = new CopyDigest("a", "a");
        var wrong = new CopyDigest("b", "a");
        CopyJudgement.Of(right, right, differ: false).ShouldBeNull();
        CopyJudgement.Of(wrong, right, differ: true).ShouldBe(DamagedCopy.Secondary);
        CopyJudgement.Of(new CopyDigest(null, "a"), right, differ: true).ShouldBe(DamagedCopy.Secondary, "unreadable");
        CopyJudgement.Of(right, wrong, differ: true).ShouldBe(DamagedCopy.Primary);
        CopyJudgement.Of(wrong, wrong, differ: false).ShouldBe(DamagedCopy.Both, "equal, and neither is what was written");
        CopyJudgement.Of(right, new CopyDigest("b", "b"), differ: true).ShouldBe(DamagedCopy.Both, "they remember different things");
        CopyJudgement.Of(new CopyDigest("b", null), right, differ: true).ShouldBe(DamagedCopy.Secondary);
        CopyJudgement.Of(new CopyDigest("a", null), new CopyDigest("a", null), differ: false).ShouldBeNull();
        CopyJudgement.Of(new CopyDigest("a", null), new CopyDigest("b", null), differ: true).ShouldBe(DamagedCopy.Both);
    }

    [Fact]
    public void Many_regions_become_few_runs_that_leave_none_out()
    {
        var random = new Random(1);
        var list = new RegionList(16);
        var added = Enumerable.Range(0, 100_000).Where(_ => random.Next(50) == 0).Select(i => (long)i).ToList();
        added.ForEach(list.Add);
        list.Count.ShouldBe(added.Count);
        list.Runs.Count.ShouldBeLessThanOrEqualTo(16);
        added.ShouldAllBe(i => list.Runs.Any(run => i >= run.First && i < run.First + run.Count));
        list.Runs.Zip(list.Runs.Skip(1)).ShouldAllBe(pair => pair.First.First + pair.First.Count < pair.Second.First);
        RegionList.Limit(list.Runs, 1).ShouldBe([new RegionRun(added[0], added[^1] - added[0] + 1)]);
        RegionList.Limit([new RegionRun(5, 1), new RegionRun(9, 2)], 2).ShouldBe([new RegionRun(5, 1), new RegionRun(9, 2)]);
    }

    private Decision Decide() => MirrorPlanner.Decide(policy, status, peer, now);

    private IEnumerable<string> Steps()
    {
        Settle();
        return Decide().Steps.Select(step => step.Key);
    }

    private MirrorReport Report() => MirrorReport.Of(policy, status, peer, now);

    private void Settle()
    {
        for (var i = 0; i < 10 && Decide().Next is { } next; i++) status = next;
        Decide().Next.ShouldBeNull();
    }

    private void Ask(MirrorOperationType type)
    {
        policy = policy with { Operation = new MirrorOperationRequest(type.ToString(), type) };
        Settle();
    }

    private void Complete(MirrorStep step, StepResult result)
    {
        status = MirrorPlanner.Complete(policy, status, peer, step, result, now);
        Settle();
    }
}
