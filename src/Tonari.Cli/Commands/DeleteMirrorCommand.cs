using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari mirror delete</c>.</summary>
internal static class DeleteMirrorCommand
{
    public static Command Create(CommandFactory factory)
    {
        var name = MirrorCommands.Name(factory);
        var force = new Option<bool>("--force") { Description = "Without waiting for the other side, when it is lost; it cleans up when it comes back" };
        var keep = new Option<bool>("--keep-replica-volumes") { Description = "Keep the secondary's volumes as claims instead of removing them" };
        var (yes, noWait, timeout) = (SharedOptions.Yes(), SharedOptions.NoWait(), SharedOptions.Timeout());
        return factory.Action(
            "delete",
            "End a replication on both sides; the running application and its volumes stay",
            ["tonari mirror delete shop -n shop", "tonari mirror delete shop -n shop --force"],
            [name, force, keep, yes, noWait, timeout],
            async (invocation, ct) =>
            {
                var (ns, mirror) = (invocation.Namespace, invocation.Get(name));
                var seen = (await invocation.Cluster.GetAsync<AppMirror>(ns, mirror, ct)).Value;
                if (!invocation.Get(yes))
                {
                    invocation.Terminal.WriteError(Consequences(seen, invocation.Get(keep)));
                    await Confirmation.YesAsync(invocation.Terminal, $"Delete the mirror {mirror}?", ct);
                }

                if (invocation.Get(force) || invocation.Get(keep))
                {
                    await invocation.Cluster.MergeAsync<AppMirror>(ns, mirror, MirrorRequests.Ending(invocation.Get(force), invocation.Get(keep)), ct);
                }

                await invocation.Cluster.DeleteAsync<AppMirror>(ns, mirror, ct);
                if (!invocation.Get(noWait))
                {
                    var wait = new WaitRequest(
                        invocation.Get(timeout), false, $"The deletion goes on. If the other side is lost for good: tonari mirror delete {mirror} --force{invocation.Repeat}");
                    await AwaitGoneAsync(invocation, seen, wait, ct);
                }

                invocation.Terminal.Write($"appmirror.tonari.dev/{mirror} {(invocation.Get(noWait) ? "is being deleted" : "deleted")}");
                return ExitCode.Done;
            });
    }

    private static string Consequences(AppMirror mirror, bool keep) => mirror.Status?.Mirror.Role switch
    {
        MirrorRole.Primary => $"{mirror.Spec.Application} goes on running here. On {mirror.Spec.Peer} its replica {Fate(keep)}.",
        MirrorRole.Secondary => $"{mirror.Spec.Application} goes on running on {mirror.Spec.Peer}. Its replica here {Fate(keep)}.",
        _ => $"What replication has left on both sides is removed; live volumes of {mirror.Spec.Application} stay.",
    };

    private static string Fate(bool keep) => keep ? "is kept as volumes" : "is removed, with every group snapshot";

    private static async Task AwaitGoneAsync(Invocation invocation, AppMirror mirror, WaitRequest wait, CancellationToken ct)
    {
        string? told = null;
        await Follow.UntilFinishedAsync(invocation, wait, async token =>
        {
            var item = await invocation.Cluster.FindAsync<AppMirror>(mirror.Namespace, mirror.Name, token);

            // The same name with another uid is a new mirror: the one that was to go is gone.
            if (item is null || item.Value.Metadata.Uid != mirror.Metadata.Uid)
            {
                return new Look(new ProgressMoment([], []), true);
            }

            Line line = $"Deleting: {Doing(item.Value)}";
            IReadOnlyList<Line> news = told == line.ToString() ? [] : [line];
            told = line.ToString();
            return new Look(new ProgressMoment([line], news), false);
        }, ct);
    }

    private static string Doing(AppMirror mirror) => mirror.Status?.Mirror switch
    {
        { CleanedUp: true } => "everything here is removed",
        { PeerToldOfDeletion: true } => "removing what is left here",
        { Retries: { Count: > 0 } retries } => retries[0].Message,
        _ => $"telling {mirror.Spec.Peer}",
    };
}
