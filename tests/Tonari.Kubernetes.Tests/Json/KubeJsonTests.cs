using System.Text.RegularExpressions;
using System.Text.Json.Nodes;
using CsCheck;
using k8s.Models;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Kubernetes.Tests.Json;

public class KubeJsonTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_mirror_status_is_flat_and_reads_back_as_written()
    {
        var mirror = new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" },
            Spec = new AppMirrorSpec { Application = "shop", Peer = "green", MirrorId = "abcdefghij", Operation = new("1", MirrorOperationType.Reverse) },
            Status = new AppMirrorStatus
            {
                Mirror = new MirrorStatus
                {
                    Role = MirrorRole.Primary,
                    Epoch = 3,
                    Snapshots = [new MirrorSnapshot("m-abcdefghij-e3-s1", Time.AddTicks(1), Time.AddTicks(1234567)) { FrozenMs = 12 }],
                    LastSyncStartedAt = Time,
                },
                State = MirrorState.Established,
                Lag = GoDuration.FromSeconds(90),
            },
        };
        var json = KubeJson.ToJson(mirror);
        var status = json["status"]!.AsObject();
        status["role"]!.GetValue<string>().ShouldBe("Primary");
        status["epoch"]!.GetValue<long>().ShouldBe(3);
        status["state"]!.GetValue<string>().ShouldBe("Established");
        status["lag"]!.GetValue<string>().ShouldBe("1m30s");
        status.ContainsKey("mirror").ShouldBeFalse();
        json["spec"]!["schedule"]!.GetValue<string>().ShouldBe("5m");

        var back = KubeJson.FromJson<AppMirror>(JsonNode.Parse(json.ToJsonString())!);
        KubeJson.ToJson(back).ToJsonString().ShouldBe(json.ToJsonString());
        back.Status!.Mirror.Snapshots.ShouldBe(mirror.Status.Mirror.Snapshots);
    }

    [Fact]
    public void What_is_missing_in_the_text_has_its_initial_value()
    {
        var mirror = KubeJson.FromJson<AppMirror>(JsonNode.Parse("""{"metadata":{"name":"a"},"spec":{"application":"a","peer":"b"},"status":{"epoch":2}}""")!);
        mirror.Spec.Schedule.Value.ShouldBe(TimeSpan.FromMinutes(5));
        mirror.Spec.EffectiveWantedRpo.ShouldBe(TimeSpan.FromMinutes(10));
        mirror.Status!.Mirror.Snapshots.ShouldBeEmpty();
        mirror.Status.Mirror.Epoch.ShouldBe(2);
    }

    [Fact]
    public void Two_statuses_do_not_share_their_records()
    {
        var one = KubeJson.FromJson<AppMirrorStatus>(JsonNode.Parse("""{"epoch":1}""")!);
        var two = KubeJson.FromJson<AppMirrorStatus>(JsonNode.Parse("""{"role":"Secondary"}""")!);
        one.Mirror.Epoch.ShouldBe(1);
        one.Mirror.Role.ShouldBe(MirrorRole.Unassigned);
        two.Mirror.Epoch.ShouldBe(0);
    }

    [Fact]
    public void A_lease_time_has_the_six_digits_that_the_server_demands()
    {
        var lease = new V1Lease { Spec = new V1LeaseSpec { RenewTime = Time.AddTicks(1234560).UtcDateTime } };
        KubeJson.ToJson(lease)["spec"]!["renewTime"]!.GetValue<string>().ShouldBe("2026-11-23T06:00:00.123456Z");
    }

    [Theory]
    [InlineData("10s", 10)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("250ms", 0.25)]
    [InlineData("0", 0)]
    [InlineData("1m1s", 61)]
    public void A_duration_is_read_like_Go_reads_it(string text, double seconds) =>
        GoDuration.Parse(text).Value.ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("m")]
    [InlineData("1d")]
    [InlineData("99999999999999h")]
    [InlineData("9000000000000000000h")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999h")]
    [InlineData("1..5s")]
    [InlineData(".s")]
    public void Anything_else_is_not_a_duration(string text) => GoDuration.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("99999999999999h")]
    [InlineData("9000000000000000000h")]
    [InlineData("2562047h2562047h1ns")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999h")]
    [InlineData("1h99999999999999999999999999999999999999999999999999999.9m1s")]
    public void A_duration_of_ages_that_the_schema_lets_pass_is_the_longest_and_hides_no_object(string text)
    {
        Regex.IsMatch(text, GoDuration.Pattern).ShouldBeTrue();

        var mirror = KubeJson.FromJson<AppMirror>(new JsonObject { ["spec"] = new JsonObject { ["application"] = "shop", ["schedule"] = text } });

        mirror.Spec.Schedule.ShouldBe(GoDuration.Longest);
        mirror.Spec.EffectiveWantedRpo.ShouldBe(2 * GoDuration.Longest.Value);
    }

    [Fact]
    public void Every_duration_reads_back_as_written() =>
        Gen.Long[0, TimeSpan.FromDays(3650).Ticks].Sample(ticks =>
            GoDuration.Parse(new GoDuration(TimeSpan.FromTicks(ticks)).ToString()).Value.Ticks == ticks);

    [Fact]
    public void A_condition_keeps_its_transition_time_until_its_status_changes()
    {
        var first = Condition.Set(null, "Ready", true, "Fine", "All is well.", Time);
        var same = Condition.Set(first, "Ready", true, "Fine", "All is still well.", Time.AddHours(1));
        var changed = Condition.Set(same, "Ready", false, "Broken", "It broke.", Time.AddHours(2));
        same.Single().LastTransitionTime.ShouldBe(Time);
        same.Single().Message.ShouldBe("All is still well.");
        changed.Single().LastTransitionTime.ShouldBe(Time.AddHours(2));
    }
}
