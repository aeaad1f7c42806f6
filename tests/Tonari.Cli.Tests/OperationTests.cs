using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Tests;

/// <summary>Asking for an operation and waiting for it.</summary>
public sealed class OperationTests
{
    private const string Id = "id1xxxxxxx";

    [Fact]
    public async Task A_reverse_shows_its_stages_and_ends_with_a_summary()
    {
        var cli = Green();
        cli.Clock
            .Then(() => Running(cli, MirrorOperationStage.CatchingUp))
            .Then(() => Running(cli, MirrorOperationStage.Holding))
            .Then(() => Running(cli, MirrorOperationStage.FinalSync, new MirrorTransfer("shop/data", 1 << 20, 4 << 20, 9)))
            .Then(() => Running(cli, MirrorOperationStage.FinalSync, new MirrorTransfer("shop/data", 3 << 20, 4 << 20, 9)))
            .Then(() => Running(cli, MirrorOperationStage.Promoting, promotion: MirrorPromotionStage.Applying))
            .Then(() => Finished(cli, succeeded: true));

        (await cli.RunAsync("mirror reverse shop")).ShouldBe(ExitCode.Done, cli.Shown);

        Golden.Matches("wait-reverse", cli.Shown);
        var request = (await Mirror(cli)).Spec.Operation!;
        request.ShouldBe(new MirrorOperationRequest(Id, MirrorOperationType.Reverse));
    }

    [Fact]
    public async Task A_failure_tells_the_controllers_reason()
    {
        var cli = Green();
        cli.Clock.Then(() => Finished(cli, succeeded: false));

        (await cli.RunAsync("mirror sync shop")).ShouldBe(ExitCode.Failed);

        cli.Error.ToString().ShouldBe("Error: Sync failed after 8.5s: blue cannot be reached.\nSee: tonari mirror show shop\n");
    }

    [Fact]
    public async Task A_timeout_ends_the_waiting_and_says_that_the_operation_goes_on()
    {
        var cli = Green();
        cli.Clock.Endless = true;

        (await cli.RunAsync("mirror sync shop --timeout 10s")).ShouldBe(ExitCode.TimedOut);

        cli.Error.ToString().ShouldBe("Error: Not finished within 10s.\nThe sync goes on. See: tonari mirror watch shop\n");
        (cli.Clock.GetUtcNow() - TestCli.Start).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Ctrl_c_ends_the_waiting_and_says_that_the_operation_goes_on()
    {
        var cli = Green();
        using var ctrlC = new CancellationTokenSource();
        cli.Clock.Then(ctrlC.Cancel);

        (await cli.RunUntilAsync("mirror sync shop", ctrlC.Token)).ShouldBe(ExitCode.Interrupted);

        cli.Error.ToString().ShouldBe("Error: You stopped waiting.\nThe sync goes on. See: tonari mirror watch shop\n");
        (await Mirror(cli)).Spec.Operation!.Id.ShouldBe(Id);
    }

    [Fact]
    public async Task A_lost_connection_is_waited_out()
    {
        var cli = Green();
        cli.Clock
            .Then(() => cli.Api.OnRequest = _ => throw new ApiUnavailableException("connection refused"))
            .Then(() => { })
            .Then(() =>
            {
                cli.Api.OnRequest = null;
                Finished(cli, succeeded: true);
            });

        (await cli.RunAsync("mirror sync shop")).ShouldBe(ExitCode.Done, cli.Shown);

        Golden.Matches("wait-lost-connection", cli.Shown);
    }

    [Fact]
    public async Task Without_connection_nothing_is_asked_for_and_the_error_says_what_to_check()
    {
        var cli = Green();
        cli.Api.OnRequest = _ => throw new ApiUnavailableException("connection refused");

        (await cli.RunAsync("mirror sync shop")).ShouldBe(ExitCode.Failed);

        cli.Error.ToString().ShouldStartWith("Error: The API server does not answer: connection refused.\nCheck --kubeconfig");
    }

    [Fact]
    public async Task Replacing_a_request_that_was_not_taken_up_is_refused()
    {
        var cli = Green(spec: s => s with { Operation = new MirrorOperationRequest("before", MirrorOperationType.Reverse) });

        (await cli.RunAsync("mirror sync shop")).ShouldBe(ExitCode.Refused);

        cli.Error.ToString().ShouldContain("The reverse asked for before (before) has not been taken up yet.");
        (await Mirror(cli)).Spec.Operation!.Id.ShouldBe("before");
    }

    [Fact]
    public async Task A_request_that_another_one_replaced_is_reported_as_not_done()
    {
        var cli = Green();
        cli.Clock.Then(() => Change(cli, m => m.Spec = m.Spec with { Operation = new MirrorOperationRequest("other", MirrorOperationType.FailOver) }));

        (await cli.RunAsync("mirror sync shop")).ShouldBe(ExitCode.Failed);

        cli.Error.ToString().ShouldContain("Another request (other) took the place of this one");
    }

    [Fact]
    public async Task The_fields_of_an_earlier_request_do_not_leak_into_the_next()
    {
        var cli = Green(
            spec: s => s with { Operation = new MirrorOperationRequest("before", MirrorOperationType.FailOver, Snapshot: Example.Snapshot(1)) },
            status: s => s with { LastOperationId = "before" });

        (await cli.RunAsync("mirror failover shop --yes --no-wait")).ShouldBe(ExitCode.Done, cli.Shown);

        (await Mirror(cli)).Spec.Operation.ShouldBe(new MirrorOperationRequest(Id, MirrorOperationType.FailOver));
    }

    [Fact]
    public async Task A_conflict_with_the_controllers_writes_is_tried_again()
    {
        var cli = Green();
        var conflicts = 2;
        cli.Api.OnRequest = request =>
        {
            if (request.Verb == "patch" && conflicts-- > 0)
            {
                throw new ResourceConflictException("the object has been modified");
            }
        };

        (await cli.RunAsync("mirror sync shop --no-wait")).ShouldBe(ExitCode.Done, cli.Shown);

        (await Mirror(cli)).Spec.Operation!.Id.ShouldBe(Id);
    }

    [Fact]
    public async Task With_json_the_output_is_the_resource_and_progress_goes_to_the_error_stream()
    {
        var cli = Green();
        cli.Clock.Then(() => Running(cli, MirrorOperationStage.CatchingUp)).Then(() => Finished(cli, succeeded: true));

        (await cli.RunAsync("mirror sync shop -o json")).ShouldBe(ExitCode.Done);

        System.Text.Json.JsonDocument.Parse(cli.Output.ToString()).RootElement.GetProperty("kind").GetString().ShouldBe("AppMirror");
        cli.Error.ToString().ShouldContain("Catching up");
    }

    private static TestCli Green(Func<AppMirrorSpec, AppMirrorSpec>? spec = null, Func<MirrorStatus, MirrorStatus>? status = null)
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info("green"));
        cli.Api.Seed(Example.Replica(spec, status));
        return cli;
    }

    private static Task<AppMirror> Mirror(TestCli cli) => cli.Api.GetAsync<AppMirror>("shop", "shop", TestContext.Current.CancellationToken);

    private static void Change(TestCli cli, Action<AppMirror> change)
    {
        var mirror = Mirror(cli).GetAwaiter().GetResult();
        change(mirror);
        cli.Api.Seed(mirror);
    }

    private static void Running(TestCli cli, MirrorOperationStage stage, MirrorTransfer? transfer = null, MirrorPromotionStage? promotion = null) => Change(cli, m =>
    {
        var now = cli.Clock.GetUtcNow();
        var before = m.Status!.Mirror.Operation;
        m.Status = m.Status with
        {
            Mirror = m.Status.Mirror with
            {
                LastOperationId = Id,
                Operation = new MirrorOperation
                {
                    Request = m.Spec.Operation!,
                    Stage = stage,
                    StartedAt = before?.StartedAt ?? now,
                    StageStartedAt = before?.Stage == stage ? before.StageStartedAt : now,
                },
                Promotion = promotion is { } p ? new MirrorPromotion(Example.Snapshot(4), p, now) : null,
            },
            Transfers = transfer is null ? [] : [transfer],
        };
    });

    private static void Finished(TestCli cli, bool succeeded) => Change(cli, m =>
    {
        var now = cli.Clock.GetUtcNow();
        var request = m.Spec.Operation!;
        var record = new MirrorOperationRecord(
            request.Id, request.Type, now.AddSeconds(-8.5), now, succeeded, succeeded ? "green is primary now." : "blue cannot be reached.")
        {
            DowntimeMs = request.Type == MirrorOperationType.Reverse ? 4210 : null,
            WireBytes = 88_000,
            Snapshot = Example.Snapshot(4),
        };
        m.Status = m.Status! with
        {
            Transfers = [],
            Mirror = m.Status.Mirror with { Operation = null, Promotion = null, LastOperationId = request.Id, History = [.. m.Status.Mirror.History, record] },
        };
    });
}
