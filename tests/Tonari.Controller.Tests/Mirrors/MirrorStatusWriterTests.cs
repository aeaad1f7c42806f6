using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

public sealed class MirrorStatusWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_late_secondary_is_critical_and_its_conditions_say_why()
    {
        var status = Derive(Secondary(Now.AddHours(-1)), Now);

        status.State.ShouldBe(MirrorState.Established);
        status.Health.ShouldBe(MirrorHealth.Critical);
        status.Lag.ShouldBe(GoDuration.Parse("1h"));
        status.ObservedGeneration.ShouldBe(3);
        Holds(status, "Ready").ShouldBe(ConditionStatus.False);
        Holds(status, "Synced").ShouldBe(ConditionStatus.False);
        Holds(status, "Fenced").ShouldBe(ConditionStatus.False);
        Holds(status, "PreflightPassed").ShouldBe(ConditionStatus.True);
        Holds(status, "PeerReachable").ShouldBe(ConditionStatus.True);
        Holds(status, "Accepted").ShouldBe(ConditionStatus.True);
    }

    [Fact]
    public void Time_that_passes_is_wording_and_a_health_that_changes_is_a_fact()
    {
        var record = Secondary(Now);
        var first = Derive(record, Now.AddSeconds(1));

        MirrorStatusWriter.Compare(first, Derive(record, Now.AddSeconds(1), first)).ShouldBe(StatusDifference.None);
        MirrorStatusWriter.Compare(first, Derive(record, Now.AddSeconds(8), first)).ShouldBe(StatusDifference.Wording);
        MirrorStatusWriter.Compare(first, Derive(record, Now.AddHours(1), first)).ShouldBe(StatusDifference.Facts);
    }

    [Fact]
    public void A_controller_that_has_just_started_goes_by_what_is_kept_until_it_has_heard_of_its_peer()
    {
        var record = Secondary(Now) with { Role = MirrorRole.Primary, Epoch = 2, HighestEpochSeen = 2, Snapshots = [new MirrorSnapshot("m-abcdefghij-e2-s1", Now, Now)] };
        var heard = new PeerView { Reachable = true, HasMirror = true, Role = MirrorRole.Secondary, Epoch = 2, Snapshots = ["m-abcdefghij-e2-s1"] };
        var before = Derive(record, Now.AddSeconds(1), heard);

        var after = Derive(record, Now.AddSeconds(2), new PeerViews(TimeProvider.System).Get("abcdefghij"), before);

        (before.State, after.State).ShouldBe((MirrorState.Established, MirrorState.Established));
        after.Peer.ShouldBe(heard with { Reachable = false });
        Holds(after, "PeerReachable").ShouldBe(ConditionStatus.False);
    }

    [Fact]
    public void A_status_reads_back_as_it_was_written()
    {
        var status = Derive(Secondary(Now.AddTicks(1234567)), Now.AddSeconds(3));

        var back = KubeJson.FromJson<AppMirrorStatus>(KubeJson.ToJson(status));

        MirrorStatusWriter.Compare(status, back).ShouldBe(StatusDifference.None);
        back.Mirror.Snapshots.ShouldBe(status.Mirror.Snapshots);
    }

    [Fact]
    public void A_spec_that_cannot_be_worked_by_is_said_and_loses_nothing_of_the_record()
    {
        var mirror = MirrorPolicyMapperTests.Mirror(spec => spec with { Peer = "" });

        var status = MirrorStatusWriter.Derive(
            mirror, MirrorPolicyMapper.Map(mirror, "green"), null, new MirrorWrite(Secondary(Now), [], Now));

        status.Mirror.Snapshots.Count.ShouldBe(1);
        status.Health.ShouldBe(MirrorHealth.Critical);
        Holds(status, "Accepted").ShouldBe(ConditionStatus.False);
        status.Conditions.Single(condition => condition.Type == "Accepted").Message.ShouldContain("spec.peer is empty");
    }

    [Fact]
    public void A_status_stays_small_whatever_hooks_say()
    {
        HookRecord[] hooks = [.. Enumerable.Range(0, 10).Select(i => new HookRecord($"hook-{i}", "PostFailOver", "shop/pg-0/pg", true, new string('x', 4096)))];
        var record = Secondary(Now) with
        {
            History =
            [
                .. Enumerable.Range(0, MirrorLimits.HistoryLength).Select(i =>
                    new MirrorOperationRecord($"op-{i}", MirrorOperationType.Reverse, Now, Now, true, new string('y', 5000)) { Hooks = hooks }),
            ],
            Retries = [new MirrorRetry("pull", 1, Now, new string('z', 100_000))],
        };

        var status = Derive(record, Now);

        MirrorStatusWriter.Size(status).ShouldBeLessThan(MirrorWorkerLimits.StatusBytes);
        status.Mirror.Snapshots.ShouldBe(record.Snapshots);
        status.Mirror.History[^1].Id.ShouldBe(record.History[^1].Id);
    }

    [Fact]
    public void What_a_user_wants_to_hear_of_is_told_once()
    {
        var policy = MirrorPolicyMapper.Map(MirrorPolicyMapperTests.Mirror(spec => spec), "green").Policy!;
        var before = Derive(Secondary(Now), Now);
        var record = before.Mirror with
        {
            Role = MirrorRole.Primary,
            Epoch = 2,
            History = [new MirrorOperationRecord("over", MirrorOperationType.FailOver, Now, Now, true, "It runs.")],
        };
        var after = Derive(record, Now);

        MirrorNews.Between(before, after, policy).Select(news => news.Reason).ShouldBe(["FailedOver", "OperationFinished"]);
        MirrorNews.Between(after, after, policy).ShouldBeEmpty();
        MirrorNews.Between(null, before, policy).Select(news => news.Reason).ShouldBe(["Established"]);
    }

    private static MirrorStatus Secondary(DateTimeOffset takenAt) => new()
    {
        Role = MirrorRole.Secondary,
        Epoch = 1,
        HighestEpochSeen = 1,
        Snapshots = [new MirrorSnapshot("m-abcdefghij-e1-s1", takenAt, takenAt)],
    };

    private static AppMirrorStatus Derive(MirrorStatus record, DateTimeOffset now, AppMirrorStatus? old = null) => Derive(
        record, now, new PeerView { Reachable = true, HasMirror = true, Role = MirrorRole.Primary, Epoch = 1, Snapshots = ["m-abcdefghij-e1-s1"] }, old);

    private static AppMirrorStatus Derive(MirrorStatus record, DateTimeOffset now, PeerView? peer, AppMirrorStatus? old = null)
    {
        var mirror = MirrorPolicyMapperTests.Mirror(spec => spec);
        mirror.Status = old;
        return MirrorStatusWriter.Derive(mirror, MirrorPolicyMapper.Map(mirror, "green"), peer, new MirrorWrite(record, [], now));
    }

    private static ConditionStatus Holds(AppMirrorStatus status, string type) => status.Conditions.Single(condition => condition.Type == type).Status;
}
