using System.CommandLine;
using k8s;
using k8s.Models;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Connection;
using Tonari.Cli.Rendering;

namespace Tonari.Cli.Commands;

/// <summary>How a list looks.</summary>
internal sealed record ListView(bool WithNamespace, bool Wide, DateTimeOffset Now);

/// <summary>The <c>list</c> and <c>show</c> commands, which are alike for every kind.</summary>
internal static class ListCommand
{
    public static Command Namespaced<T>(
        CommandFactory factory, string word, string what, Func<IReadOnlyList<T>, ListView, IReadOnlyList<Line>> table)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var (all, output) = (SharedOptions.AllNamespaces(), OutputOption.Create());
        return factory.Action(
            "list", $"List {what}", [$"tonari {word} list", $"tonari {word} list -A -o wide"], [all, output],
            async (invocation, ct) =>
            {
                var everywhere = invocation.Get(all);
                var items = await invocation.Cluster.ListAsync<T>(everywhere ? null : invocation.Namespace, ct);
                var none = everywhere ? $"There are no {what}." : $"There are no {what} in namespace {invocation.Namespace}.";
                Print(invocation, invocation.Get(output), items, none, everywhere, table);
                return ExitCode.Done;
            });
    }

    public static Command ClusterWide<T>(
        CommandFactory factory, string word, string what, Func<IReadOnlyList<T>, ListView, IReadOnlyList<Line>> table)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var output = OutputOption.Create();
        return factory.Action(
            "list", $"List {what}", [$"tonari {word} list", $"tonari {word} list -o wide"], [output],
            async (invocation, ct) =>
            {
                Print(invocation, invocation.Get(output), await invocation.Cluster.ListAsync<T>(null, ct), $"There are no {what}.", false, table);
                return ExitCode.Done;
            });
    }

    public static Command Show<T>(
        CommandFactory factory, string word, string what, string example, Func<T, DateTimeOffset, IReadOnlyList<Line>> describe)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var name = factory.Names.Name<T>("NAME", "Its name");
        var output = OutputOption.Create();
        return factory.Action(
            "show", $"Show everything about {what}", [$"tonari {word} show {example}", $"tonari {word} show {example} -o yaml"], [name, output],
            async (invocation, ct) =>
            {
                var item = await invocation.Cluster.GetAsync<T>(invocation.Namespace, invocation.Get(name), ct);
                ResourcePrinter.PrintOne(invocation, invocation.Get(output), item, () => describe(item.Value, invocation.Now));
                return ExitCode.Done;
            });
    }

    private static void Print<T>(
        Invocation invocation, OutputFormat format, IReadOnlyList<Item<T>> items, string none, bool everywhere,
        Func<IReadOnlyList<T>, ListView, IReadOnlyList<Line>> table) =>
        ResourcePrinter.PrintList(invocation, format, items, none, () =>
            table([.. items.Select(i => i.Value)], new ListView(everywhere, format == OutputFormat.Wide, invocation.Now)));
}
