using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Mirroring;

namespace Tonari.Cli.Commands;

/// <summary>The moves a mirror can make. Each writes one request into <c>spec.operation</c> and waits for its record in <c>status.history</c>.</summary>
internal static class OperationCommands
{
    public static Command Sync(CommandFactory factory) => Plain(
        factory, "sync", "Make one sync now, outside the schedule", MirrorOperationType.Sync);

    public static Command Cancel(CommandFactory factory) => Plain(
        factory, "cancel", "Stop the running transfer; the next one starts by schedule and goes on where this one was", MirrorOperationType.CancelTransfer);

    public static Command Reverse(CommandFactory factory) => Plain(
        factory, "reverse", "Swap the sides as planned: the application moves to the other cluster and loses nothing", MirrorOperationType.Reverse);

    public static Command Verify(CommandFactory factory) => Plain(
        factory, "verify", "Prove that the replica is what the primary has: both read the same group snapshot from their disks and only digests travel; "
            + "what differs is fetched again. Exit code 1 where anything differed, also when it is healed now", MirrorOperationType.Verify);

    public static Command FailOver(CommandFactory factory)
    {
        var options = new OperationOptions(factory);
        var snapshot = new Option<string?>("--snapshot") { Description = "Start from this group snapshot instead of the newest (tonari mirror show lists them)", HelpName = "NAME" }
            .Checked(ValueForms.ObjectName);
        var damaged = new Option<bool>("--damaged") { Description = "With --yes: also from a group snapshot that is known to differ from the primary" };
        var yes = SharedOptions.Yes();
        return factory.Action(
            "failover",
            "Start the application on this cluster, the secondary, without asking the primary: for when it is lost",
            ["tonari mirror failover shop -n shop --context green", "tonari mirror failover shop -n shop --snapshot m-4x7k2p9q1z-e1-s42 --yes"],
            [options.Name, snapshot, damaged, yes, .. options.Waiting],
            async (invocation, ct) =>
            {
                var facts = await options.LookAsync(invocation, ct);
                var from = FailOverStart(facts, invocation.Get(snapshot), invocation.Repeat);
                var doubt = StartDoubt.Of(facts.Status, from.Name);
                if (doubt is not null && invocation.Get(yes) && !invocation.Get(damaged))
                {
                    throw CliException.Refused(DoubtText.Finding(facts, from, doubt), $"{DoubtText.Instead(facts, doubt)} To start from it all the same, add --damaged.");
                }

                if (!invocation.Get(yes))
                {
                    invocation.Terminal.WriteError($"{facts.Spec.Application} will start on {facts.LocalCluster} from {from.Name},");
                    invocation.Terminal.WriteError($"taken {Format.Age(invocation.Now - from.TakenAt)} ago ({Format.Time(from.TakenAt)}). What was written on {facts.Spec.Peer} after that is not in it.");
                    if (facts.Peer is { Reachable: true })
                    {
                        invocation.Terminal.WriteError($"{facts.Spec.Peer} answers: tonari mirror reverse would move the application without losing anything.");
                    }

                    if (doubt is null)
                    {
                        await Confirmation.YesAsync(invocation.Terminal, "Fail over?", ct);
                    }
                    else
                    {
                        invocation.Terminal.WriteError($"Warning: {DoubtText.Finding(facts, from, doubt)}");
                        invocation.Terminal.WriteError(DoubtText.Instead(facts, doubt));
                        await Confirmation.TypedAsync(invocation.Terminal, facts.Spec.Application, ct);
                    }
                }

                var request = OperationOptions.Request(invocation, MirrorOperationType.FailOver) with { Snapshot = invocation.Get(snapshot) };
                return await options.RunAsync(invocation, request, ct);
            });
    }

    public static Command Resync(CommandFactory factory)
    {
        var options = new OperationOptions(factory);
        var keep = new Option<string>("--keep") { Description = "The cluster whose data is kept", HelpName = "CLUSTER", Required = true }.Checked(ValueForms.ObjectName);
        var yes = SharedOptions.Yes();
        return factory.Action(
            "resync",
            "After a fail-over: choose the side whose data is kept; the other's is set aside as a snapshot and it becomes secondary",
            ["tonari mirror resync shop -n shop --keep blue"],
            [options.Name, keep, yes, .. options.Waiting],
            async (invocation, ct) =>
            {
                var facts = await options.LookAsync(invocation, ct);
                var kept = invocation.Get(keep)!;
                var loser = Other(facts, kept);
                if (!invocation.Get(yes))
                {
                    await ConfirmSettingAsideAsync(invocation, facts, kept, loser, "", ct);
                }

                var request = OperationOptions.Request(invocation, MirrorOperationType.Resync) with { Keep = kept, Confirm = facts.Spec.Application };
                return await options.RunAsync(invocation, request, ct);
            });
    }

    public static Command FailBack(CommandFactory factory)
    {
        var options = new OperationOptions(factory);
        var yes = SharedOptions.Yes();
        return factory.Action(
            "failback",
            "After a fail-over: bring the application home with everything that was written since; resync and reverse in one",
            ["tonari mirror failback shop -n shop"],
            [options.Name, yes, .. options.Waiting],
            async (invocation, ct) =>
            {
                var facts = await options.LookAsync(invocation, ct);
                if (!invocation.Get(yes))
                {
                    await ConfirmFailBackAsync(invocation, facts, ct);
                }

                var request = OperationOptions.Request(invocation, MirrorOperationType.FailBack) with { Confirm = facts.Spec.Application };
                return await options.RunAsync(invocation, request, ct);
            });
    }

    private static ExampledCommand Plain(CommandFactory factory, string word, string description, MirrorOperationType type)
    {
        var options = new OperationOptions(factory);
        return factory.Action(word, description, [$"tonari mirror {word} shop -n shop"], [options.Name, .. options.Waiting], async (invocation, ct) =>
            await options.RunAsync(invocation, OperationOptions.Request(invocation, type), ct));
    }

    private static MirrorSnapshot FailOverStart(MirrorFacts facts, string? named, string repeat)
    {
        if (facts.Status.Role != MirrorRole.Secondary)
        {
            throw CliException.Refused(
                $"{facts.LocalCluster} is not the secondary of {facts.Name} but {facts.Status.Role.ToString().ToLowerInvariant()}.",
                facts.Status.Role == MirrorRole.Primary
                    ? $"Fail over on {facts.Spec.Peer} (choose it with --context), or move the application as planned: tonari mirror reverse {facts.Name}{repeat}"
                    : $"See: tonari mirror show {facts.Name}{repeat}");
        }

        if (facts.Status.Snapshots.Count == 0)
        {
            throw CliException.Refused("No group snapshot is complete here yet, so there is nothing to start the application from.", "Wait for the first sync.");
        }

        return named is null
            ? facts.Status.Snapshots[^1]
            : facts.Status.Snapshots.FirstOrDefault(s => s.Name == named)
                ?? throw CliException.Refused(
                    $"There is no complete group snapshot {named} here.", $"There is: {string.Join(", ", facts.Status.Snapshots.Select(s => s.Name))}.");
    }

    private static string Other(MirrorFacts facts, string kept) =>
        kept == facts.LocalCluster ? facts.Spec.Peer
        : kept == facts.Spec.Peer ? facts.LocalCluster
        : throw CliException.Usage($"{kept} is neither side of {facts.Name}.", $"Use --keep {facts.LocalCluster} or --keep {facts.Spec.Peer}.");

    private static Task ConfirmFailBackAsync(Invocation invocation, MirrorFacts facts, CancellationToken ct)
    {
        // The side that runs the application now is primary; the other one is home, and has diverged unless it already follows.
        var here = facts.Status.Role == MirrorRole.Primary;
        var (running, home) = here ? (facts.LocalCluster, facts.Spec.Peer) : (facts.Spec.Peer, facts.LocalCluster);
        var moves = $"the application moves from {running} to {home} with everything written since, and stops for a moment.";
        var follows = here ? facts.Peer?.Role == MirrorRole.Secondary : facts.Status.Role == MirrorRole.Secondary;
        if (!follows)
        {
            return ConfirmSettingAsideAsync(invocation, facts, running, home, " Then " + moves, ct);
        }

        invocation.Terminal.WriteError($"{home} follows {running} already, so nothing is set aside: {moves}");
        return Confirmation.TypedAsync(invocation.Terminal, facts.Spec.Application, ct);
    }

    private static async Task ConfirmSettingAsideAsync(
        Invocation invocation, MirrorFacts facts, string kept, string loser, string then, CancellationToken ct)
    {
        var since = facts.Common is { } common && facts.Status.Snapshots.FirstOrDefault(s => s.Name == common) is { } snapshot
            ? $"since {Format.Time(snapshot.TakenAt)}, {Format.Age(invocation.Now - snapshot.TakenAt)} ago,"
            : "since the last common group snapshot";
        invocation.Terminal.WriteError($"The data of {kept} is kept. What {loser} wrote {since} is set aside there:");
        invocation.Terminal.WriteError(
            $"the application will not see it any more, and it is kept as a snapshot until {MirrorLimits.DivergedKept} newer ones exist.{then}");
        await Confirmation.TypedAsync(invocation.Terminal, facts.Spec.Application, ct);
    }
}
