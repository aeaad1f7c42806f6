using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Tests;

/// <summary>Configuring a mirror and waiting until it protects.</summary>
public sealed class ConfigureTests
{
    [Fact]
    public async Task The_object_says_what_was_asked_for()
    {
        var cli = Blue();

        (await cli.RunAsync(
            "mirror configure shop --to green --schedule 1m --rpo 5m --map-namespace shop=shop-dr --map-class fast=standard --retain 7 --on-fenced warn --name shop-dr --no-wait"))
            .ShouldBe(ExitCode.Done, cli.Shown);

        cli.Output.ToString().ShouldBe("appmirror.tonari.dev/shop-dr configured\n");
        var spec = (await Mirror(cli, "shop-dr")).Spec;
        spec.Application.ShouldBe("shop");
        spec.Peer.ShouldBe("green");
        spec.MirrorId.ShouldBe("id1xxxxxxx");
        spec.InitialRole.ShouldBe(MirrorRole.Primary);
        spec.Schedule.ToString().ShouldBe("1m");
        spec.WantedRpo.ToString().ShouldBe("5m");
        spec.NamespaceMapping.ShouldBe(new Dictionary<string, string> { ["shop"] = "shop-dr" });
        spec.StorageClassMapping.ShouldBe(new Dictionary<string, string> { ["fast"] = "standard" });
        spec.Retain.ShouldBe(7);
        spec.OnFenced.ShouldBe(FencedAction.Warn);
    }

    [Fact]
    public async Task The_initial_transfer_is_shown_until_established()
    {
        var cli = Blue();
        cli.Clock
            .Then(() => Step(cli, MirrorRole.Primary, MirrorSyncStage.Requesting))
            .Then(() => Step(cli, MirrorRole.Primary, MirrorSyncStage.Pulling, 100L << 20))
            .Then(() => Step(cli, MirrorRole.Primary, MirrorSyncStage.Pulling, 300L << 20))
            .Then(() => Step(cli, MirrorRole.Primary, MirrorSyncStage.Pulling, 310L << 20))
            .Then(() => Step(cli, MirrorRole.Primary, null, state: MirrorState.Established));

        (await cli.RunAsync("mirror configure shop --to green")).ShouldBe(ExitCode.Done, cli.Shown);

        Golden.Matches("configure-established", cli.Shown);
    }

    [Fact]
    public async Task On_a_terminal_there_is_a_bar_with_rate_and_time_left()
    {
        var cli = Blue();
        cli.Features = new Terminal.TerminalFeatures(true, false, 120);
        cli.Clock
            .Then(() => Step(cli, MirrorRole.Primary, MirrorSyncStage.Pulling, 100L << 20))
            .Then(() => Step(cli, MirrorRole.Primary, MirrorSyncStage.Pulling, 150L << 20))
            .Then(() => Step(cli, MirrorRole.Primary, null, state: MirrorState.Established));

        await cli.RunAsync("mirror configure shop --to green");

        cli.Output.ToString().ShouldContain("███████████░░░░░░░░░░░░░   48%   150 MiB of 310 MiB   100 MiB/s   1s left");
    }

    [Fact]
    public async Task Preflight_problems_are_listed_and_refused_but_the_mirror_stays()
    {
        var cli = Blue();
        cli.Clock.Endless = true;
        cli.Clock.Then(() => Problems(cli, new MirrorProblem("NoPool", "No pool of green is managed: run tonari pool manage --all there."), new MirrorProblem("NamespaceTaken", "The namespace shop exists on green and is not ours.")));

        (await cli.RunAsync("mirror configure shop --to green")).ShouldBe(ExitCode.Refused);

        Golden.Matches("configure-problems", cli.Shown);
        (await Mirror(cli, "shop")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Problems_that_go_away_at_once_are_no_reason_to_give_up()
    {
        var cli = Blue();
        cli.Clock
            .Then(() => Problems(cli, new MirrorProblem("PeerSilent", "green has not answered yet.")))
            .Then(() => Step(cli, MirrorRole.Primary, null, state: MirrorState.Established));

        (await cli.RunAsync("mirror configure shop --to green")).ShouldBe(ExitCode.Done, cli.Shown);
    }

    [Theory]
    [InlineData("mirror configure nothing --to green", "There is no Application nothing in namespace shop.\nDefine it: tonari app define nothing -n shop. Or add --define")]
    [InlineData("mirror configure shop --to nowhere", "There is no neighbour nowhere.\nThere is: green.")]
    [InlineData("mirror configure wiki --to green", "There is a mirror wiki of wiki already.")]
    public async Task What_is_missing_or_there_already_is_refused(string command, string reason)
    {
        var cli = Blue();
        cli.Api.Seed(Example.Mirror(name: "wiki"));
        cli.Api.Seed(Example.App("wiki"));

        (await cli.RunAsync(command)).ShouldBe(ExitCode.Refused, cli.Shown);

        cli.Error.ToString().ShouldContain(reason);
        cli.Api.Requests.ShouldNotContain(r => r.Writes);
    }

    [Fact]
    public async Task Define_makes_the_missing_application()
    {
        var cli = Blue();

        (await cli.RunAsync("mirror configure wiki --to green --define --no-wait")).ShouldBe(ExitCode.Done, cli.Shown);

        (await cli.Api.GetAsync<Application>("shop", "wiki", TestContext.Current.CancellationToken)).Spec.Namespaces.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mirror configure shop")]
    [InlineData("mirror configure shop --to green --schedule 5s")]
    [InlineData("mirror configure shop --to green --schedule soon")]
    [InlineData("mirror configure shop --to green --retain 0")]
    [InlineData("mirror configure shop --to green --on-fenced explode")]
    [InlineData("mirror configure shop --to green --map-class fast")]
    [InlineData("mirror resync shop")]
    [InlineData("mirror resync shop --keep red")]
    [InlineData("mirror list -o xml")]
    [InlineData("mirror")]
    [InlineData("mirror lost")]
    [InlineData("pool manage")]
    [InlineData("pool manage blue-main --all")]
    [InlineData("app define shop --selector shop")]
    [InlineData("app define shop --selector shop=a=b=c")]
    [InlineData("peer invite --expires 48h")]
    [InlineData("peer join rubbish")]
    [InlineData("completion powershell")]
    public async Task A_wrong_command_line_is_told_and_changes_nothing(string command)
    {
        var cli = Blue();
        cli.Api.Seed(Example.Info());
        cli.Api.Seed(Example.Mirror());

        (await cli.RunAsync(command)).ShouldBe(ExitCode.Usage, cli.Shown);

        cli.Error.ToString().ShouldStartWith("Error: ");
        cli.Error.ToString().ShouldNotContain("   at ");
        cli.Api.Requests.ShouldNotContain(r => r.Writes);
    }

    private static TestCli Blue()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Peer());
        cli.Api.Seed(Example.App());
        return cli;
    }

    private static Task<AppMirror> Mirror(TestCli cli, string name) => cli.Api.GetAsync<AppMirror>("shop", name, TestContext.Current.CancellationToken);

    private static void Problems(TestCli cli, params MirrorProblem[] problems) =>
        Change(cli, s => s with { Mirror = s.Mirror with { Problems = problems } });

    private static void Step(TestCli cli, MirrorRole role, MirrorSyncStage? sync, long done = 0, MirrorState state = MirrorState.Establishing) => Change(cli, s => s with
    {
        State = state,
        Mirror = new MirrorStatus
        {
            Role = role,
            Epoch = 1,
            Sync = sync is { } stage ? new MirrorSync { Name = Example.Snapshot(1), Stage = stage, StartedAt = cli.Clock.GetUtcNow() } : null,
        },
        Transfers = done > 0 ? [new MirrorTransfer("shop/data", done, 310L << 20, done / 3)] : [],
    });

    private static void Change(TestCli cli, Func<AppMirrorStatus, AppMirrorStatus> change)
    {
        var mirror = Mirror(cli, "shop").GetAwaiter().GetResult();
        mirror.Status = change(mirror.Status ?? new AppMirrorStatus());
        cli.Api.Seed(mirror);
    }
}
