using k8s.Models;
using Tonari.Controller.Mirrors;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

public sealed class MirrorPolicyMapperTests
{
    [Fact]
    public void A_good_spec_becomes_a_policy_with_twice_the_schedule_as_wanted_rpo()
    {
        var mapping = MirrorPolicyMapper.Map(Mirror(spec => spec with { Schedule = GoDuration.FromMinutes(1) }), "blue");

        mapping.Problems.ShouldBeEmpty();
        mapping.Policy!.LocalCluster.ShouldBe("blue");
        mapping.Policy.WantedRpo.ShouldBe(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void A_wrong_schedule_is_said_but_does_not_stop_the_mirror()
    {
        var mapping = MirrorPolicyMapper.Map(Mirror(spec => spec with { Schedule = GoDuration.FromSeconds(1), Retain = 0 }), "blue");

        mapping.Policy!.Schedule.ShouldBe(MirrorLimits.ShortestSchedule);
        mapping.Policy.Retain.ShouldBe(1);
        mapping.Problems.Select(problem => problem.Reason).ShouldBe(["ScheduleTooShort", "RetainInvalid"]);
    }

    [Theory]
    [InlineData("8761h", null, "ScheduleTooLong")]
    [InlineData("2562047h", null, "ScheduleTooLong")]
    [InlineData("1m", "2562047h", "WantedRpoInvalid")]
    [InlineData("1m", "0s", "WantedRpoInvalid")]
    public void A_duration_beyond_any_calendar_is_cut_and_said(string schedule, string? rpo, string reason)
    {
        var mapping = MirrorPolicyMapper.Map(
            Mirror(spec => spec with { Schedule = GoDuration.Parse(schedule), WantedRpo = rpo is null ? null : GoDuration.Parse(rpo) }), "blue");

        mapping.Problems.ShouldHaveSingleItem().Reason.ShouldBe(reason);
        (DateTimeOffset.MaxValue - mapping.Policy!.Schedule - mapping.Policy.WantedRpo).Year.ShouldBeGreaterThan(9000);
    }

    [Fact]
    public void Proofs_come_weekly_unless_told_otherwise()
    {
        Of(new MirrorVerifySpec()).Policy!.VerifySchedule.ShouldBe(TimeSpan.FromDays(7));
        Of(null!).Policy!.VerifySchedule.ShouldBe(TimeSpan.FromDays(7), "written as null");
        Of(new MirrorVerifySpec { Schedule = GoDuration.FromSeconds(0) }).Policy!.VerifySchedule.ShouldBeNull();
        var hasty = Of(new MirrorVerifySpec { Schedule = GoDuration.FromSeconds(1) });
        hasty.Policy!.VerifySchedule.ShouldBe(MirrorLimits.ShortestVerifySchedule);
        hasty.Problems.ShouldHaveSingleItem().Reason.ShouldBe("VerifyScheduleTooShort");

        static PolicyMapping Of(MirrorVerifySpec verify) => MirrorPolicyMapper.Map(Mirror(spec => spec with { Verify = verify }), "blue");
    }

    [Theory]
    [InlineData("UPPERCASE1", "MirrorIdInvalid")]
    [InlineData("short", "MirrorIdInvalid")]
    [InlineData(null, "NoMirrorId")]
    public void Without_a_proper_id_nothing_is_done(string? id, string reason)
    {
        var mapping = MirrorPolicyMapper.Map(Mirror(spec => spec with { MirrorId = id }), "blue");

        mapping.Policy.ShouldBeNull();
        mapping.Problems[0].Reason.ShouldBe(reason);
    }

    [Fact]
    public void An_id_that_was_changed_under_existing_snapshots_is_refused()
    {
        var mirror = Mirror(spec => spec);
        mirror.Status = new AppMirrorStatus
        {
            Mirror = new MirrorStatus { Snapshots = [new MirrorSnapshot("m-zzzzzzzzzz-e1-s1", default, default)] },
        };

        MirrorPolicyMapper.Map(mirror, "blue").Problems[0].Reason.ShouldBe("MirrorIdChanged");
    }

    [Fact]
    public void Whatever_else_is_wrong_an_object_with_an_id_can_be_deleted_by_force()
    {
        var mirror = Mirror(spec => spec with { Application = "", Peer = "" });
        mirror.Metadata.DeletionTimestamp = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        mirror.Metadata.Annotations = new Dictionary<string, string> { [WellKnown.ForceDeleteAnnotation] = "true" };

        var policy = MirrorPolicyMapper.Map(mirror, "blue").Policy!;

        policy.Deleting.ShouldBeTrue();
        policy.ForceDelete.ShouldBeTrue();
    }

    [Fact]
    public void A_nameless_operation_is_not_carried_out()
    {
        var mapping = MirrorPolicyMapper.Map(
            Mirror(spec => spec with { Operation = new MirrorOperationRequest("", MirrorOperationType.FailOver) }), "blue");

        mapping.Policy!.Operation.ShouldBeNull();
        mapping.Problems[0].Reason.ShouldBe("OperationIdInvalid");
    }

    internal static AppMirror Mirror(Func<AppMirrorSpec, AppMirrorSpec> edit) => new()
    {
        Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop", Generation = 3, ResourceVersion = "7", Uid = "u1" },
        Spec = edit(new AppMirrorSpec { Application = "shop", Peer = "green", MirrorId = "abcdefghij" }),
    };
}
