using k8s.Models;
using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Tests;

/// <summary>The smaller commands that change something, and what shells see.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task An_application_is_defined_by_namespaces_and_labels()
    {
        var cli = new TestCli();

        (await cli.RunAsync("app define shop --selector shop=app=web,tier!=cache,!old,live --include-namespace shop-db")).ShouldBe(ExitCode.Done, cli.Shown);

        var namespaces = (await cli.Api.GetAsync<Application>("shop", "shop", TestContext.Current.CancellationToken)).Spec.Namespaces;
        namespaces.Select(n => n.Name).ShouldBe(["shop", "shop-db"]);
        Views.SelectorText.Write(namespaces[0].Selector!).ShouldBe("app=web,tier!=cache,!old,live");
        namespaces[1].Selector.ShouldBeNull();
    }

    [Fact]
    public async Task A_namespace_that_is_included_is_told_that_it_lets_itself_be_taken()
    {
        var cli = new TestCli();
        cli.Api.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = "shop-db", Annotations = new Dictionary<string, string> { [ApplicationConsent.Annotation] = "other" } } });

        (await cli.RunAsync("app define shop --include-namespace shop-db")).ShouldBe(ExitCode.Done, cli.Shown);

        (await cli.Api.GetAsync<V1Namespace>(null, "shop-db", TestContext.Current.CancellationToken))
            .Metadata.Annotations[ApplicationConsent.Annotation].ShouldBe("other,shop");
    }

    [Fact]
    public async Task Defining_anew_replaces_the_namespaces_and_keeps_the_rest()
    {
        var cli = new TestCli();
        var app = Example.App();
        app.Spec = app.Spec with { Excludes = [new ResourceExclude { Kind = "Job" }] };
        cli.Api.Seed(app);

        (await cli.RunAsync("app define shop --include-namespace other")).ShouldBe(ExitCode.Done, cli.Shown);

        var spec = (await cli.Api.GetAsync<Application>("shop", "shop", TestContext.Current.CancellationToken)).Spec;
        spec.Namespaces.Select(n => n.Name).ShouldBe(["shop", "other"]);
        spec.Excludes.Count.ShouldBe(1);
    }

    [Fact]
    public async Task All_usable_pools_are_managed_and_no_others()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Pool("a", StoragePoolState.Discovered));
        cli.Api.Seed(Example.Pool("b", StoragePoolState.Unusable));
        cli.Api.Seed(Example.Pool("c"));

        (await cli.RunAsync("pool manage --all")).ShouldBe(ExitCode.Done, cli.Shown);

        cli.Output.ToString().ShouldBe("storagepool.tonari.dev/a managed\n");
        (await Pool(cli, "a")).Spec.Managed.ShouldBeTrue();
        (await Pool(cli, "b")).Spec.Managed.ShouldBeFalse();
    }

    [Fact]
    public async Task Force_unmanages_a_pool_that_holds_volumes()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Pool("a"));

        (await cli.RunAsync("pool unmanage a --force")).ShouldBe(ExitCode.Done, cli.Shown);

        (await Pool(cli, "a")).Spec.Managed.ShouldBeFalse();
    }

    [Fact]
    public async Task Pausing_and_resuming_change_only_that()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Mirror());

        await cli.RunAsync("mirror pause shop");
        await cli.RunAsync("mirror pause shop");
        (await Mirror(cli)).Spec.Paused.ShouldBeTrue();
        await cli.RunAsync("mirror resume shop");

        (await Mirror(cli)).Spec.ShouldBeEquivalentTo(Example.Mirror().Spec);
        cli.Output.ToString().ShouldBe("appmirror.tonari.dev/shop paused\nappmirror.tonari.dev/shop was paused already\nappmirror.tonari.dev/shop resumed\n");
    }

    [Theory]
    [InlineData(AppSnapshotPhase.Ready, ExitCode.Done)]
    [InlineData(AppSnapshotPhase.Failed, ExitCode.Failed)]
    public async Task Taking_a_snapshot_waits_for_its_end(AppSnapshotPhase end, int code)
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.App());
        const string Name = "shop-20260301-120000";
        cli.Clock.Then(() => cli.Api.Seed(Example.AppSnapshot(Name, AppSnapshotPhase.Taking))).Then(() => cli.Api.Seed(Example.AppSnapshot(Name, end)));

        (await cli.RunAsync("snapshot create shop")).ShouldBe(code);

        Golden.Matches($"snapshot-create-{end}", cli.Shown);
    }

    [Fact]
    public async Task Watching_tells_each_change_once_and_ends_with_the_mirror()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Mirror());
        cli.Clock
            .Then(() => { })
            .Then(() => cli.Api.Seed(Example.Mirror(status: s => s with { Snapshots = s.Snapshots.Take(2).ToList() })))
            .Then(() => cli.Api.DeleteAsync<AppMirror>("shop", "shop", CancellationToken.None).GetAwaiter().GetResult());

        (await cli.RunAsync("mirror watch shop")).ShouldBe(ExitCode.Done);

        Golden.Matches("mirror-watch", cli.Shown);
    }

    [Fact]
    public async Task Permissions_are_told_as_refusals()
    {
        var cli = new TestCli();
        cli.Api.OnRequest = _ => throw new ApiForbiddenException("appmirrors.tonari.dev is forbidden: User \"ann\" cannot list", System.Net.HttpStatusCode.Forbidden);

        (await cli.RunAsync("mirror list")).ShouldBe(ExitCode.Refused);

        cli.Error.ToString().ShouldStartWith("Error: You may not do this: appmirrors.tonari.dev is forbidden");
    }

    [Fact]
    public async Task Completion_knows_commands_and_the_names_in_the_cluster()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Mirror(name: "shop"));
        cli.Api.Seed(Example.Mirror(name: "wiki"));

        (await Suggest(cli, "tonari mirror failb")).ShouldContain("failback");
        var names = await Suggest(cli, "tonari mirror show ");
        names.ShouldContain("shop");
        names.ShouldContain("wiki");
    }

    [Fact]
    public async Task Completion_without_a_cluster_is_silent()
    {
        var cli = new TestCli();
        cli.Api.OnRequest = _ => throw new ApiUnavailableException("connection refused");

        (await Suggest(cli, "tonari mirror show ")).ShouldNotContain("shop");
        cli.Error.ToString().ShouldBe("");
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Every_shell_gets_a_script_that_asks_the_program(string shell)
    {
        var cli = new TestCli();

        (await cli.RunAsync("completion " + shell)).ShouldBe(ExitCode.Done);

        cli.Output.ToString().ShouldContain("\"[suggest:");
    }

    private static async Task<string[]> Suggest(TestCli cli, string line)
    {
        (await cli.RunArgsAsync([$"[suggest:{line.Length}]", line])).ShouldBe(ExitCode.Done);
        return cli.Output.ToString().Split('\n');
    }

    private static Task<StoragePool> Pool(TestCli cli, string name) => cli.Api.GetAsync<StoragePool>(null, name, TestContext.Current.CancellationToken);

    private static Task<AppMirror> Mirror(TestCli cli) => cli.Api.GetAsync<AppMirror>("shop", "shop", TestContext.Current.CancellationToken);
}
