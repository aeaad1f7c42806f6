using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Tests;

/// <summary>What lists and descriptions look like.</summary>
public sealed class TableTests
{
    public static TheoryData<string, string> Commands => new()
    {
        { "app-list", "app list" },
        { "app-list-wide", "app list -A -o wide" },
        { "app-show", "app show shop" },
        { "peer-list", "peer list" },
        { "peer-list-wide", "peer list -o wide" },
        { "peer-show", "peer show green" },
        { "pool-list", "pool list" },
        { "pool-list-wide", "pool list -o wide" },
        { "pool-show", "pool show blue-odd" },
        { "mirror-list", "mirror list" },
        { "mirror-list-wide", "mirror list -A -o wide" },
        { "mirror-list-name", "mirror list -o name" },
        { "mirror-show", "mirror show shop" },
        { "mirror-show-yaml", "mirror show shop -o yaml" },
        { "mirror-show-fenced", "mirror show lost" },
        { "snapshot-list", "snapshot list" },
        { "snapshot-list-wide", "snapshot list shop -A -o wide" },
        { "hook-list", "hook list" },
        { "hook-list-json", "hook list -o json" },
        { "version", "version" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Looks_as_kept(string name, string command)
    {
        var cli = World();

        var code = await cli.RunAsync(command);

        code.ShouldBe(ExitCode.Done, cli.Shown);
        Golden.Matches(name, cli.Shown);
    }

    [Fact]
    public async Task A_running_transfer_and_operation_are_shown()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info("green"));
        var mirror = Example.Replica(status: s => s with
        {
            Sync = new MirrorSync { Name = Example.Snapshot(4), Base = Example.Snapshot(3), Stage = MirrorSyncStage.Pulling, StartedAt = Example.Ago(3) },
            Operation = new MirrorOperation
            {
                Request = new MirrorOperationRequest("op9", MirrorOperationType.Reverse),
                Stage = MirrorOperationStage.CatchingUp,
                StartedAt = Example.Ago(12),
                StageStartedAt = Example.Ago(4),
                Message = "Waiting for the sync.",
            },
            Retries = [new MirrorRetry("pull", 2, Example.Now.AddSeconds(3), "The connection to blue broke.")],
        });
        mirror.Status = mirror.Status! with
        {
            State = MirrorState.Reversing,
            Transfers = [new MirrorTransfer("shop/data", 300 << 20, 1200 << 20, 99), new MirrorTransfer("shop/cache", 0, 0, 0)],
        };
        cli.Api.Seed(mirror);

        await cli.RunAsync("mirror show shop");

        Golden.Matches("mirror-show-busy", cli.Shown);
    }

    [Theory]
    [InlineData("mirror list", "There are no mirrors in namespace shop.\n")]
    [InlineData("mirror list -A", "There are no mirrors.\n")]
    [InlineData("pool list", "There are no storage pools.\n")]
    public async Task An_empty_list_is_said_on_the_error_stream(string command, string expected)
    {
        var cli = new TestCli();

        (await cli.RunAsync(command)).ShouldBe(ExitCode.Done);

        cli.Output.ToString().ShouldBe("");
        cli.Error.ToString().ShouldBe(expected);
    }

    [Fact]
    public async Task Fields_this_version_does_not_know_are_printed_all_the_same()
    {
        var cli = new TestCli();
        var json = Kubernetes.Json.KubeJson.ToJson(Example.Peer());
        json["spec"]!["fromTheFuture"] = "yes";
        json["metadata"]!["managedFields"] = new System.Text.Json.Nodes.JsonArray();
        cli.Api.Seed(json);

        await cli.RunAsync("peer show green -o yaml");

        cli.Output.ToString().ShouldContain("  fromTheFuture: \"yes\"\n");
        cli.Output.ToString().ShouldNotContain("managedFields");
    }

    [Fact]
    public async Task A_name_that_does_not_exist_fails_with_advice()
    {
        var cli = new TestCli();

        (await cli.RunAsync("mirror show nothing")).ShouldBe(ExitCode.Failed);

        cli.Error.ToString().ShouldBe("Error: There is no AppMirror nothing in namespace shop.\nSee tonari mirror list -A.\n");
    }

    [Fact]
    public async Task On_a_terminal_health_has_a_colour_and_no_color_takes_it_away()
    {
        var coloured = World();
        coloured.Features = new Terminal.TerminalFeatures(true, true, 120);
        var plain = World();
        plain.Features = coloured.Features;

        await coloured.RunAsync("mirror list");
        await plain.RunAsync("mirror list --no-color");

        coloured.Output.ToString().ShouldContain("\u001b[");
        plain.Output.ToString().ShouldNotContain("\u001b[");
    }

    private static TestCli World()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info());
        cli.Api.Seed(Example.App());
        cli.Api.Seed(Example.App("wiki", replicable: false));
        cli.Api.Seed(Example.Peer());
        cli.Api.Seed(Example.Peer("red", reachable: false));
        cli.Api.Seed(Example.Pool("blue-main"));
        cli.Api.Seed(Example.Pool("blue-new", StoragePoolState.Discovered, 0));
        cli.Api.Seed(Example.Pool("blue-odd", StoragePoolState.Unusable, 0, "ext4 cannot clone files; make the pool on btrfs, or on XFS with reflink=1."));
        cli.Api.Seed(Example.Mirror());
        cli.Api.Seed(Fenced());
        cli.Api.Seed(Example.AppSnapshot("shop-1", AppSnapshotPhase.Ready));
        cli.Api.Seed(Example.AppSnapshot("shop-2", AppSnapshotPhase.Failed));
        cli.Api.Seed(Example.Hook());
        return cli;
    }

    private static AppMirror Fenced()
    {
        var mirror = Example.Mirror(name: "lost", status: s => s with
        {
            Role = MirrorRole.Fenced,
            HighestEpochSeen = 2,
            Diverged = [new DivergedData($"diverged-{Example.MirrorId}-e1-1772366000", 1, Example.Ago(400))],
            Problems = [new MirrorProblem("PeerFull", "The pools of green are full; make room.")],
            Volumes = [],
            History = [],
        });
        mirror.Status = mirror.Status! with
        {
            State = MirrorState.FailedOver,
            Health = MirrorHealth.Critical,
            Message = "green took over in epoch 2; choose what is kept: resync or fail back.",
            Peer = mirror.Status.Peer! with { Role = MirrorRole.Primary, Epoch = 2, Reachable = false, Application = ApplicationRun.Running, Snapshots = [] },
        };
        mirror.Metadata.Labels = new Dictionary<string, string> { ["team"] = "a" };
        return mirror;
    }
}
