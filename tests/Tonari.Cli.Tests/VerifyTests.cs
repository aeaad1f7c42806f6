using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Tests;

/// <summary><c>tonari mirror verify</c>: progress, result and exit code.</summary>
public sealed class VerifyTests
{
    private const string Id = "id1xxxxxxx";
    private const long Total = 9L << 30;

    [Fact]
    public async Task It_shows_how_far_it_is_and_what_it_proved()
    {
        var cli = Green();
        cli.Clock
            .Then(() => Comparing(cli, MirrorVerificationStage.Comparing, read: 1L << 30))
            .Then(() => Comparing(cli, MirrorVerificationStage.Comparing, read: 6L << 30))
            .Then(() => Ended(cli, succeeded: true, $"{Example.Snapshot(3)} is the same on green and blue.", healed: 0));

        (await cli.RunAsync("mirror verify shop")).ShouldBe(ExitCode.Done, cli.Shown);

        Golden.Matches("wait-verify", cli.Shown);
        (await Mirror(cli)).Spec.Operation.ShouldBe(new MirrorOperationRequest(Id, MirrorOperationType.Verify));
    }

    [Fact]
    public async Task A_difference_that_was_healed_is_told_and_is_no_success()
    {
        var cli = Green();
        cli.Clock
            .Then(() => Comparing(cli, MirrorVerificationStage.Comparing, read: 1L << 30))
            .Then(() => Comparing(cli, MirrorVerificationStage.Healing, read: 0))
            .Then(() => Comparing(cli, MirrorVerificationStage.Comparing, read: 4L << 30, healed: 1))
            .Then(() => Ended(cli, succeeded: true, $"1 region differed and was fetched again. {Example.Snapshot(3)} is the same on green and blue.", healed: 1));

        (await cli.RunAsync("mirror verify shop")).ShouldBe(ExitCode.Failed, cli.Shown);

        Golden.Matches("wait-verify-healed", cli.Shown);
    }

    [Fact]
    public async Task A_wrong_primary_is_a_failure_that_says_what_to_do()
    {
        var cli = Green();
        cli.Clock.Then(() => Ended(cli, succeeded: false, "The copy on blue is not what it was when it was taken.", healed: 0));

        (await cli.RunAsync("mirror verify shop")).ShouldBe(ExitCode.Failed);

        cli.Error.ToString().ShouldStartWith("Error: Verify failed after 8.5s: The copy on blue is not what it was when it was taken.");
    }

    [Fact]
    public async Task It_keeps_nobody_from_asking_for_a_move()
    {
        var cli = Green();
        Change(cli, m => m.Spec = m.Spec with { Operation = new MirrorOperationRequest("before", MirrorOperationType.Verify) });
        Comparing(cli, MirrorVerificationStage.Comparing, read: 1, id: "before");

        (await cli.RunAsync("mirror verify shop --no-wait")).ShouldBe(ExitCode.Refused, "it runs already");
        (await cli.RunAsync("mirror reverse shop --no-wait")).ShouldBe(ExitCode.Done, cli.Shown);
    }

    [Fact]
    public async Task The_schedule_of_proofs_is_set_when_configuring()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info("blue"));
        cli.Api.Seed(Example.Peer());
        (await cli.RunAsync("mirror configure shop --to green --define --no-wait --verify-schedule 10s")).ShouldBe(ExitCode.Usage);
        (await cli.RunAsync("mirror configure shop --to green --define --no-wait --verify-schedule 0s")).ShouldBe(ExitCode.Done, cli.Shown);
        (await Mirror(cli)).Spec.Verify.Schedule.Value.ShouldBe(TimeSpan.Zero);
    }

    private static TestCli Green()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info("green"));
        cli.Api.Seed(Example.Replica());
        return cli;
    }

    private static Task<AppMirror> Mirror(TestCli cli) => cli.Api.GetAsync<AppMirror>("shop", "shop", TestContext.Current.CancellationToken);

    private static void Change(TestCli cli, Action<AppMirror> change)
    {
        var mirror = Mirror(cli).GetAwaiter().GetResult();
        change(mirror);
        cli.Api.Seed(mirror);
    }

    private static void Comparing(TestCli cli, MirrorVerificationStage stage, long read, long healed = 0, string id = Id) => Change(cli, m =>
    {
        var now = cli.Clock.GetUtcNow();
        var before = m.Status!.Mirror;
        m.Status = m.Status with
        {
            Mirror = before with
            {
                LastOperationId = id,
                Operation = before.Operation
                    ?? new MirrorOperation { Request = m.Spec.Operation!, Stage = MirrorOperationStage.Verifying, StartedAt = now, StageStartedAt = now },
                Verification = new MirrorVerification { Snapshot = Example.Snapshot(3), Stage = stage, StartedAt = now, HealedRegions = healed },
            },
            VerificationProgress = stage == MirrorVerificationStage.Comparing ? new MirrorVerificationProgress(read, Total) : null,
        };
    });

    private static void Ended(TestCli cli, bool succeeded, string message, long healed) => Change(cli, m =>
    {
        var now = cli.Clock.GetUtcNow();
        var record = new MirrorOperationRecord(Id, MirrorOperationType.Verify, now.AddSeconds(-8.5), now, succeeded, message)
        {
            Snapshot = Example.Snapshot(3),
            WireBytes = healed > 0 ? 4_200_000 : null,
        };
        m.Status = m.Status! with
        {
            VerificationProgress = null,
            Mirror = m.Status.Mirror with
            {
                Operation = null,
                Verification = null,
                LastOperationId = Id,
                Proven = succeeded ? new MirrorProof(Example.Snapshot(3), now, 7L << 30, healed) : null,
                History = [.. m.Status.Mirror.History, record],
            },
        };
    });
}
