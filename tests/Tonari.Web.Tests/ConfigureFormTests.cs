using Tonari.Kubernetes.Json;
using Tonari.Mirroring;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>What is made of what was typed to configure a replication.</summary>
public sealed class ConfigureFormTests
{
    private static readonly ReplicationSubject Bank = new(
        "bank", true, ["bank", "bank-batch"], [new("bank/data", 8, "gold"), new("bank/wal", 2, "gold"), new("bank-batch/in", 1, "tonari"), new("bank/old", 1, null)]);

    [Fact]
    public void What_keeps_its_name_is_not_mapped_and_what_is_left_out_is_left_to_the_server()
    {
        var request = new ConfigureForm { Peer = " green " }.ToRequest(Bank);

        (request.Application, request.Peer, request.Schedule, request.WantedRpo, request.Retain, request.OnFenced, request.RateLimitBytesPerSecond, request.Define)
            .ShouldBe(("bank", "green", GoDuration.FromMinutes(5), null, 3, FencedAction.Stop, null, false));
        request.NamespaceMapping!.ShouldBeEmpty();
        request.StorageClassMapping!.ShouldBeEmpty();
    }

    [Fact]
    public void Everything_typed_is_asked_for_as_it_was_meant()
    {
        var form = new ConfigureForm
        {
            Peer = "green",
            Namespaces = new() { ["bank"] = "bank-dr " },
            Classes = new() { ["gold"] = "tonari" },
            Schedule = "90s",
            WantedRpo = "1h30m",
            Retain = "10",
            OnFenced = FencedAction.Warn,
            RateLimit = "1.5",
        };

        var request = form.ToRequest(Bank with { Defined = false });

        form.Furthest(Bank).ShouldBe(ConfigureStep.Check);
        (request.Schedule, request.WantedRpo, request.Retain, request.OnFenced, request.RateLimitBytesPerSecond, request.Define)
            .ShouldBe((GoDuration.FromSeconds(90), GoDuration.FromMinutes(90), 10, FencedAction.Warn, 3 << 19, true));
        request.NamespaceMapping!.ShouldBe(new Dictionary<string, string> { ["bank"] = "bank-dr" });
        request.StorageClassMapping!.ShouldBe(new Dictionary<string, string> { ["gold"] = "tonari" });
    }

    [Theory]
    [InlineData(ConfigureStep.Destination, "peer", FormMistake.NoPeer)]
    [InlineData(ConfigureStep.Destination, "namespace-bank", FormMistake.NoNamespace)]
    [InlineData(ConfigureStep.Destination, "namespace-bank-batch", FormMistake.SameNamespace)]
    [InlineData(ConfigureStep.Destination, "class-gold", FormMistake.NoClass)]
    [InlineData(ConfigureStep.Policy, "schedule", FormMistake.NoSchedule)]
    [InlineData(ConfigureStep.Policy, "rpo", FormMistake.NoDuration)]
    [InlineData(ConfigureStep.Policy, "retain", FormMistake.NoRetain)]
    [InlineData(ConfigureStep.Policy, "rate", FormMistake.NoRate)]
    public void Each_mistake_is_named_at_its_input_and_keeps_the_step_from_being_left(ConfigureStep step, string field, FormMistake mistake)
    {
        var form = new ConfigureForm { Peer = "green" };
        switch (field, mistake)
        {
            case ("peer", _): form.Peer = " "; break;
            case ("namespace-bank", _): form.Namespaces["bank"] = "Bank"; break;
            case (_, FormMistake.SameNamespace): form.Namespaces["bank-batch"] = "bank"; break;
            case ("class-gold", _): form.Classes["gold"] = ""; break;
            case ("schedule", _): form.Schedule = "9s"; break;
            case ("rpo", _): form.WantedRpo = "soon"; break;
            case ("retain", _): form.Retain = "0"; break;
            case ("rate", _): form.RateLimit = "-1"; break;
        }

        form.ProblemsOf(step, Bank).ShouldHaveSingleItem().ShouldBe(new FormProblem(field, mistake));
        form.Furthest(Bank).ShouldBe(step);
    }

    [Fact]
    public void A_class_that_is_not_there_becomes_the_only_one_there_is_or_waits_for_a_choice()
    {
        var (one, many, same) = (new ConfigureForm { Peer = "green" }, new ConfigureForm { Peer = "green" }, new ConfigureForm { Peer = "green" });
        one.Classes["tonari"] = "mine";

        one.Suggest(Bank, ["fast"]);
        many.Suggest(Bank, ["fast", "tonari"]);
        same.Suggest(Bank, ["gold", "tonari"]);

        (one.ClassThere("gold"), one.ClassThere("tonari")).ShouldBe(("fast", "mine"));
        (many.ClassThere("gold"), many.ClassThere("tonari")).ShouldBe(("", "tonari"));
        many.Furthest(Bank).ShouldBe(ConfigureStep.Destination);
        same.Classes.ShouldBeEmpty();
    }

    [Fact]
    public void Without_an_application_its_namespace_is_all_of_it_and_preflight_knows_the_volumes()
    {
        var subject = ReplicationSubject.Of("lab", "lab", null, Support.FakePreflight.Good);

        (subject.Defined, string.Join(',', subject.Namespaces), subject.Classes.Single().Name).ShouldBe((false, "lab", "tonari"));
        new ConfigureForm { Peer = "green" }.ToRequest(subject).Define.ShouldBeTrue();
    }
}
