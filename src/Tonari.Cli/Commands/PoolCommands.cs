using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;
using Tonari.Cli.Views;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari pool</c>.</summary>
internal static class PoolCommands
{
    public static Command Create(CommandFactory factory) => CommandFactory.Group(
        "pool",
        "The directories on nodes in which volumes are kept",
        ListCommand.ClusterWide<StoragePool>(factory, "pool", "storage pools", (items, view) => ResourceTables.Pools(items, view.Wide, view.Now)),
        ListCommand.Show<StoragePool>(factory, "pool", "a storage pool", "blue-main", ResourceDescriptions.Pool),
        Manage(factory),
        Unmanage(factory));

    private static ExampledCommand Manage(CommandFactory factory)
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of pools", Arity = ArgumentArity.ZeroOrMore }.Checked(ValueForms.ObjectName);
        names.CompletionSources.Add(factory.Names.Complete<StoragePool>);
        var all = new Option<bool>("--all") { Description = "Every pool that can be used and is not managed yet" };
        return factory.Action(
            "manage", "Allow volumes to be made in pools", ["tonari pool manage blue-main", "tonari pool manage --all"], [names, all],
            async (invocation, ct) =>
            {
                var pools = await ChooseAsync(invocation, invocation.Get(names), invocation.Get(all), ct);
                if (pools.Find(p => p.Status is { Usable: false }) is { } bad)
                {
                    throw CliException.Refused($"The pool {bad.Name} cannot be used: {bad.Status!.Reason}", "No pool was changed.");
                }

                foreach (var pool in pools)
                {
                    await invocation.Cluster.MergeAsync<StoragePool>(null, pool.Name, StoragePool.Managing(true), ct);
                    invocation.Terminal.Write($"storagepool.tonari.dev/{pool.Name} {(pool.Spec.Managed ? "is managed already" : "managed")}");
                }

                if (pools.Count == 0)
                {
                    invocation.Terminal.WriteError("There is no pool that can be used and is not managed yet. See tonari pool list -o wide.");
                }

                return ExitCode.Done;
            });
    }

    private static ExampledCommand Unmanage(CommandFactory factory)
    {
        var name = factory.Names.Name<StoragePool>("NAME", "Name of the pool");
        var force = new Option<bool>("--force")
        {
            Description = "Even while it holds volumes: they stay and go on working, but no volume can be made or received in it",
        };
        return factory.Action(
            "unmanage", "Allow no more volumes to be made in a pool", ["tonari pool unmanage blue-main"], [name, force],
            async (invocation, ct) =>
            {
                await invocation.Cluster.ChangeAsync<StoragePool>(null, invocation.Get(name), pool =>
                {
                    if (pool.Value.Status is { Volumes: > 0 } status && !invocation.Get(force))
                    {
                        var volumes = status.Volumes == 1 ? "1 volume lives" : $"{status.Volumes} volumes live";
                        throw CliException.Refused(
                            $"{volumes} in the pool {pool.Value.Name}.",
                            "Move or delete them first. With --force they stay and go on working, but no volume can be made or received in it, so mirrors stop.");
                    }

                    return StoragePool.Managing(false);
                }, ct);
                invocation.Terminal.Write(new Line($"storagepool.tonari.dev/{invocation.Get(name)} no longer managed"));
                return ExitCode.Done;
            });
    }

    private static async Task<List<StoragePool>> ChooseAsync(Invocation invocation, string[] names, bool all, CancellationToken ct)
    {
        if (all == (names.Length > 0))
        {
            throw CliException.Usage("Which pools?", "Give their names, or --all.");
        }

        if (all)
        {
            return [.. (await invocation.Cluster.ListAsync<StoragePool>(null, ct)).Select(i => i.Value).Where(p => !p.Spec.Managed && p.Status?.Usable == true)];
        }

        var pools = new List<StoragePool>();
        foreach (var name in names)
        {
            pools.Add((await invocation.Cluster.GetAsync<StoragePool>(null, name, ct)).Value);
        }

        return pools;
    }
}
