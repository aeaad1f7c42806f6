using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Tests;

/// <summary>Nothing that sets data aside or takes something away happens unasked.</summary>
public sealed class ConfirmationTests
{
    [Theory]
    [InlineData("mirror failover shop", "n\n")]
    [InlineData("mirror failover shop", "\n")]
    [InlineData("mirror failover shop", "")]
    [InlineData("mirror resync shop --keep blue", "y\n")]
    [InlineData("mirror resync shop --keep blue", "Shop\n")]
    [InlineData("mirror failback shop", "yes\n")]
    [InlineData("mirror delete shop", "no\n")]
    [InlineData("snapshot delete shop-1", "")]
    [InlineData("app delete wiki", "n\n")]
    [InlineData("peer remove red", "n\n")]
    public async Task Without_confirmation_nothing_is_written(string command, string input)
    {
        var cli = Green();
        cli.Input = input;

        (await cli.RunAsync(command)).ShouldBe(ExitCode.NotConfirmed, cli.Shown);

        cli.Api.Requests.ShouldNotContain(r => r.Writes);
        cli.Error.ToString().ShouldContain(input.Length == 0 ? "Add --yes to go on without being asked." : "Not confirmed, so nothing was changed.");
    }

    [Theory]
    [InlineData("mirror failover shop --no-wait", "y\n", MirrorOperationType.FailOver)]
    [InlineData("mirror failover shop --no-wait --yes", "", MirrorOperationType.FailOver)]
    [InlineData("mirror resync shop --keep blue --no-wait", "shop\n", MirrorOperationType.Resync)]
    [InlineData("mirror resync shop --keep green --no-wait --yes", "", MirrorOperationType.Resync)]
    [InlineData("mirror failback shop --no-wait", "shop\n", MirrorOperationType.FailBack)]
    public async Task Confirmed_the_request_is_written(string command, string input, MirrorOperationType type)
    {
        var cli = Green();
        cli.Input = input;

        (await cli.RunAsync(command)).ShouldBe(ExitCode.Done, cli.Shown);

        var request = (await Mirror(cli)).Spec.Operation!;
        request.Type.ShouldBe(type);
        request.Confirm.ShouldBe(type == MirrorOperationType.FailOver ? null : "shop");
        request.Keep.ShouldBe(type == MirrorOperationType.Resync ? (command.Contains("blue", StringComparison.Ordinal) ? "blue" : "green") : null);
    }

    [Theory]
    [InlineData("confirm-failover", "mirror failover shop")]
    [InlineData("confirm-failover-older", "mirror failover shop --snapshot m-4x7k2p9q1z-e1-s1")]
    [InlineData("confirm-resync-blue", "mirror resync shop --keep blue")]
    [InlineData("confirm-resync-green", "mirror resync shop --keep green")]
    [InlineData("confirm-failback", "mirror failback shop")]
    [InlineData("confirm-delete", "mirror delete shop")]
    public async Task The_question_says_what_is_at_stake(string name, string command)
    {
        var cli = Green();
        cli.Input = "no\n";

        await cli.RunAsync(command);

        Golden.Matches(name, cli.Shown);
    }

    [Theory]
    [InlineData("confirm-failover-damaged", 3, true)]
    [InlineData("confirm-failover-on-damaged", 2, true)]
    [InlineData("confirm-failover-damaged-oldest", 1, false)]
    public async Task A_start_from_what_is_known_to_differ_is_warned_of_and_wants_the_name(string name, int damaged, bool answers)
    {
        var cli = Doubtful(damaged, answers);
        cli.Input = "y\n";

        (await cli.RunAsync("mirror failover shop")).ShouldBe(ExitCode.NotConfirmed, cli.Shown);

        cli.Api.Requests.ShouldNotContain(r => r.Writes);
        Golden.Matches(name, cli.Shown);
    }

    [Theory]
    [InlineData("mirror failover shop --no-wait", "shop\n", ExitCode.Done)]
    [InlineData("mirror failover shop --no-wait --yes", "", ExitCode.Refused)]
    [InlineData("mirror failover shop --no-wait --yes --damaged", "", ExitCode.Done)]
    [InlineData("mirror failover shop --no-wait --yes --snapshot m-4x7k2p9q1z-e1-s1", "", ExitCode.Done)]
    public async Task Yes_alone_does_not_start_from_what_is_known_to_differ(string command, string input, int code)
    {
        var cli = Doubtful(damaged: 2);
        cli.Input = input;

        (await cli.RunAsync(command)).ShouldBe(code, cli.Shown);

        cli.Api.Requests.Any(r => r.Writes).ShouldBe(code == ExitCode.Done);
        if (code == ExitCode.Refused)
            cli.Error.ToString().ShouldContain("--snapshot m-4x7k2p9q1z-e1-s1");
    }

    [Fact]
    public async Task Failing_back_from_a_fenced_side_says_that_its_own_writes_are_set_aside()
    {
        var cli = new TestCli { Input = "no\n" };
        cli.Api.Seed(Example.Info());
        var fenced = Example.Mirror(status: s => s with { Role = MirrorRole.Fenced, HighestEpochSeen = 2 });
        fenced.Status = fenced.Status! with { Peer = fenced.Status.Peer! with { Role = MirrorRole.Primary, Epoch = 2 } };
        cli.Api.Seed(fenced);

        await cli.RunAsync("mirror failback shop");

        Golden.Matches("confirm-failback-fenced", cli.Shown);
    }

    [Theory]
    [InlineData("mirror failover shop --snapshot m-4x7k2p9q1z-e1-s9 --yes", "There is no complete group snapshot m-4x7k2p9q1z-e1-s9 here.")]
    [InlineData("peer remove blue --yes", "blue is still the neighbour of shop/shop.")]
    [InlineData("app delete shop --yes", "The application shop is replicated by shop.")]
    [InlineData("pool unmanage blue-main", "2 volumes live in the pool blue-main.")]
    [InlineData("pool manage blue-new blue-odd", "The pool blue-odd cannot be used: ext4 cannot clone files.")]
    public async Task What_cannot_be_is_refused_before_anything_is_written(string command, string reason)
    {
        var cli = Green();

        (await cli.RunAsync(command)).ShouldBe(ExitCode.Refused, cli.Shown);

        cli.Error.ToString().ShouldContain(reason);
        cli.Api.Requests.ShouldNotContain(r => r.Writes);
    }

    [Fact]
    public async Task Failing_over_on_the_primary_is_refused_and_points_to_the_other_side()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info());
        cli.Api.Seed(Example.Mirror());

        (await cli.RunAsync("mirror failover shop --yes")).ShouldBe(ExitCode.Refused);

        cli.Error.ToString().ShouldBe(
            "Error: blue is not the secondary of shop but primary.\n"
            + "Fail over on green (choose it with --context), or move the application as planned: tonari mirror reverse shop\n");
    }

    [Fact]
    public async Task Deleting_with_force_and_kept_volumes_says_so_in_the_object_and_waits_until_it_is_gone()
    {
        var cli = Green(finalizer: true);
        cli.Clock.Then(() => { }).Then(() => Gone(cli));

        (await cli.RunAsync("mirror delete shop --force --keep-replica-volumes --yes")).ShouldBe(ExitCode.Done, cli.Shown);

        Golden.Matches("delete-force", cli.Shown);
        var patch = cli.Api.Requests.Single(r => r.Verb == "patch").Body!;
        patch.Annotation(WellKnown.ForceDeleteAnnotation).ShouldBe("true");
        patch.At("spec", "replicaVolumesOnDelete").Text().ShouldBe("Keep");
    }

    [Fact]
    public async Task A_deletion_that_takes_too_long_says_how_to_force_it()
    {
        var cli = Green(finalizer: true);
        cli.Clock.Endless = true;

        (await cli.RunAsync("mirror delete shop --yes --timeout 5s")).ShouldBe(ExitCode.TimedOut);

        cli.Error.ToString().ShouldContain("tonari mirror delete shop --force");
    }

    private static TestCli Doubtful(int damaged, bool answers = true)
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info("green"));
        var damage = new MirrorDamage(Example.Snapshot(damaged), TestCli.Start.AddHours(-2), [new DamagedVolume("shop/data", "pvc-1", DamagedCopy.Secondary, 3, [new RegionRun(0, 3)])]);
        var replica = Example.Replica(status: s => s with { Damage = damage });
        if (!answers)
            replica.Status = replica.Status! with { Peer = replica.Status.Peer! with { Reachable = false } };
        cli.Api.Seed(replica);
        return cli;
    }

    private static TestCli Green(bool finalizer = false)
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info("green"));
        var replica = Example.Replica();
        replica.Metadata.Finalizers = finalizer ? [WellKnown.Finalizer] : null;
        cli.Api.Seed(replica);
        cli.Api.Seed(Example.App());
        cli.Api.Seed(Example.App("wiki"));
        cli.Api.Seed(Example.Peer("blue"));
        cli.Api.Seed(Example.Peer("red"));
        cli.Api.Seed(Example.Pool("blue-main"));
        cli.Api.Seed(Example.Pool("blue-new", StoragePoolState.Discovered, 0));
        cli.Api.Seed(Example.Pool("blue-odd", StoragePoolState.Unusable, 0, "ext4 cannot clone files."));
        cli.Api.Seed(Example.AppSnapshot("shop-1", AppSnapshotPhase.Ready));
        return cli;
    }

    private static void Gone(TestCli cli)
    {
        var mirror = Mirror(cli).GetAwaiter().GetResult();
        mirror.Metadata.Finalizers = null;
        cli.Api.UpdateAsync(mirror, TestContext.Current.CancellationToken).GetAwaiter().GetResult();
    }

    private static Task<AppMirror> Mirror(TestCli cli) => cli.Api.GetAsync<AppMirror>("shop", "shop", TestContext.Current.CancellationToken);
}
