using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Connection;
using Tonari.Cli.Rendering;
using Tonari.Cli.Views;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari mirror</c>.</summary>
internal static class MirrorCommands
{
    public static Command Create(CommandFactory factory) => CommandFactory.Group(
        "mirror",
        "Replication of an application to a neighbouring cluster, and every move it can make",
        ConfigureCommand.Create(factory),
        List(factory),
        Show(factory),
        WatchCommand.Create(factory),
        OperationCommands.Sync(factory),
        Pause(factory, "pause", "Start no more syncs and stop a running one; nothing is lost, it can go on later", true),
        Pause(factory, "resume", "Let a paused mirror go on", false),
        OperationCommands.Cancel(factory),
        OperationCommands.Verify(factory),
        OperationCommands.FailOver(factory),
        OperationCommands.Resync(factory),
        OperationCommands.Reverse(factory),
        OperationCommands.FailBack(factory),
        DeleteMirrorCommand.Create(factory));

    /// <summary>The argument NAME of a mirror.</summary>
    public static Argument<string> Name(CommandFactory factory) => factory.Names.Name<AppMirror>("NAME", "Name of the mirror");

    private static ExampledCommand List(CommandFactory factory)
    {
        var (all, output) = (SharedOptions.AllNamespaces(), OutputOption.Create());
        return factory.Action(
            "list", "List mirrors: their state, health, and lag against the wanted RPO", ["tonari mirror list -A", "tonari mirror list -n shop -o wide"], [all, output],
            async (invocation, ct) =>
            {
                var (everywhere, format) = (invocation.Get(all), invocation.Get(output));
                var items = await invocation.Cluster.ListAsync<AppMirror>(everywhere ? null : invocation.Namespace, ct);
                var none = everywhere ? "There are no mirrors." : $"There are no mirrors in namespace {invocation.Namespace}.";
                ResourcePrinter.PrintList(invocation, format, items, none, () => MirrorTable.Render(
                    [.. items.Select(i => new MirrorFacts(i.Value, null))], everywhere, format == OutputFormat.Wide, invocation.Now));
                return ExitCode.Done;
            });
    }

    private static ExampledCommand Show(CommandFactory factory)
    {
        var (name, output) = (Name(factory), OutputOption.Create());
        return factory.Action(
            "show",
            "Show everything about a mirror: both sides, problems, transfers, snapshots, history",
            ["tonari mirror show shop -n shop", "tonari mirror show shop -n shop -o yaml"],
            [name, output],
            async (invocation, ct) =>
            {
                var item = await invocation.Cluster.GetAsync<AppMirror>(invocation.Namespace, invocation.Get(name), ct);
                var format = invocation.Get(output);
                var cluster = format.IsForMachines() ? null : await invocation.Cluster.FindNameAsync(ct);
                ResourcePrinter.PrintOne(invocation, format, item, () => MirrorDescription.Render(new MirrorFacts(item.Value, cluster), invocation.Now));
                return ExitCode.Done;
            });
    }

    private static ExampledCommand Pause(CommandFactory factory, string word, string description, bool paused)
    {
        var name = Name(factory);
        return factory.Action(word, description, [$"tonari mirror {word} shop -n shop"], [name], async (invocation, ct) =>
        {
            Item<AppMirror>? before = null;
            await invocation.Cluster.ChangeAsync<AppMirror>(invocation.Namespace, invocation.Get(name), mirror =>
            {
                before = mirror;
                return MirrorRequests.Pause(paused);
            }, ct);
            var already = before!.Value.Spec.Paused == paused;
            invocation.Terminal.Write(new Line($"appmirror.tonari.dev/{invocation.Get(name)} {(already ? "was " : "")}{(paused ? "paused" : "resumed")}{(already ? " already" : "")}"));
            return ExitCode.Done;
        });
    }
}
