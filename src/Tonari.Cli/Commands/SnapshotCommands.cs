using System.CommandLine;
using k8s.Models;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Connection;
using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari snapshot</c>.</summary>
internal static class SnapshotCommands
{
    public static Command Create(CommandFactory factory) => CommandFactory.Group(
        "snapshot", "Points in time of an application, all volumes together", Take(factory), List(factory), Delete(factory));

    private static ExampledCommand Take(CommandFactory factory)
    {
        var app = factory.Names.Name<Application>("APP", "Name of the application");
        var name = new Option<string?>("--name") { Description = "Name of the snapshot; otherwise made from the application's and the time", HelpName = "NAME" }
            .Checked(ValueForms.ObjectName);
        var (noWait, timeout, output) = (SharedOptions.NoWait(), SharedOptions.Timeout(), OutputOption.Create());
        return factory.Action(
            "create", "Take a snapshot of an application", ["tonari snapshot create shop -n shop"], [app, name, noWait, timeout, output],
            async (invocation, ct) =>
            {
                var (ns, application) = (invocation.Namespace, invocation.Get(app));
                await invocation.Cluster.GetAsync<Application>(ns, application, ct);
                var snapshot = invocation.Get(name) ?? $"{application}-{invocation.Now.UtcDateTime:yyyyMMdd-HHmmss}";
                await invocation.Cluster.CreateAsync(
                    new AppSnapshot
                    {
                        Metadata = new V1ObjectMeta { Name = snapshot, NamespaceProperty = ns },
                        Spec = new AppSnapshotSpec { Application = application },
                    },
                    ct);
                if (invocation.Get(noWait))
                {
                    invocation.Terminal.Write($"appsnapshot.tonari.dev/{snapshot} asked for");
                    return ExitCode.Done;
                }

                var end = await AwaitAsync(invocation, ns, snapshot, invocation.Get(output), invocation.Get(timeout), ct);
                ResourcePrinter.PrintOne(invocation, invocation.Get(output), end, () => ResourceTables.Snapshots([end.Value], false, false, invocation.Now));
                return ExitCode.Done;
            });
    }

    private static async Task<Item<AppSnapshot>> AwaitAsync(
        Invocation invocation, string ns, string name, OutputFormat format, TimeSpan? timeout, CancellationToken ct)
    {
        Item<AppSnapshot>? seen = null;
        AppSnapshotPhase? told = null;
        var wait = new WaitRequest(
            timeout, format.IsForMachines(), $"The snapshot is still being taken. See: tonari snapshot list{invocation.Repeat}");
        await Follow.UntilFinishedAsync(invocation, wait, async token =>
        {
            seen = await invocation.Cluster.GetAsync<AppSnapshot>(ns, name, token);
            var phase = seen.Value.Status?.Phase ?? AppSnapshotPhase.Pending;
            Line line = $"{name}: {phase}";
            var moment = new ProgressMoment([line], phase == told ? [] : [line]);
            told = phase;
            return new Look(moment, phase is AppSnapshotPhase.Ready or AppSnapshotPhase.Failed);
        }, ct);
        return seen!.Value.Status!.Phase == AppSnapshotPhase.Failed
            ? throw CliException.Failed($"The snapshot could not be taken: {seen.Value.Status.Message}")
            : seen;
    }

    private static ExampledCommand List(CommandFactory factory)
    {
        var app = factory.Names.Name<Application>("APP", "Only those of this application");
        app.Arity = ArgumentArity.ZeroOrOne;
        app.DefaultValueFactory = _ => "";
        var (all, output) = (SharedOptions.AllNamespaces(), OutputOption.Create());
        return factory.Action(
            "list", "List snapshots", ["tonari snapshot list", "tonari snapshot list shop -n shop"], [app, all, output],
            async (invocation, ct) =>
            {
                var (everywhere, application, format) = (invocation.Get(all), invocation.Get(app), invocation.Get(output));
                var items = await invocation.Cluster.ListAsync<AppSnapshot>(everywhere ? null : invocation.Namespace, ct);
                items = [.. items.Where(i => application.Length == 0 || i.Value.Spec.Application == application)];
                var none = everywhere ? "There are no snapshots." : $"There are no snapshots in namespace {invocation.Namespace}.";
                ResourcePrinter.PrintList(invocation, format, items, none, () =>
                    ResourceTables.Snapshots([.. items.Select(i => i.Value)], everywhere, format == OutputFormat.Wide, invocation.Now));
                return ExitCode.Done;
            });
    }

    private static ExampledCommand Delete(CommandFactory factory)
    {
        var name = factory.Names.Name<AppSnapshot>("NAME", "Name of the snapshot");
        var yes = SharedOptions.Yes();
        return factory.Action(
            "delete", "Delete a snapshot", ["tonari snapshot delete shop-20260301-120000 -n shop"], [name, yes],
            async (invocation, ct) =>
            {
                var snapshot = await invocation.Cluster.GetAsync<AppSnapshot>(invocation.Namespace, invocation.Get(name), ct);
                if (!invocation.Get(yes))
                {
                    var taken = snapshot.Value.Status?.TakenTime is { } at ? $", taken {Format.Age(invocation.Now - at)} ago" : "";
                    await Confirmation.YesAsync(invocation.Terminal, $"Delete the snapshot {invocation.Get(name)} of {snapshot.Value.Spec.Application}{taken}?", ct);
                }

                await invocation.Cluster.DeleteAsync<AppSnapshot>(invocation.Namespace, invocation.Get(name), ct);
                invocation.Terminal.Write($"appsnapshot.tonari.dev/{invocation.Get(name)} deleted");
                return ExitCode.Done;
            });
    }
}
