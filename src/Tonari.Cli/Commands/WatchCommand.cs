using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari mirror watch</c>.</summary>
internal static class WatchCommand
{
    public static Command Create(CommandFactory factory)
    {
        var (name, timeout) = (MirrorCommands.Name(factory), SharedOptions.Timeout());
        return factory.Action(
            "watch",
            "Watch a mirror live until Ctrl-C; not on a terminal: a line per change",
            ["tonari mirror watch shop -n shop"],
            [name, timeout],
            async (invocation, ct) =>
            {
                var cluster = await invocation.Cluster.FindNameAsync(ct);
                var first = await invocation.Cluster.GetAsync<AppMirror>(invocation.Namespace, invocation.Get(name), ct);
                var watcher = new MirrorWatcher();
                await Follow.UntilFinishedAsync(
                    invocation,
                    new WaitRequest(invocation.Get(timeout), false, "The mirror goes on."),
                    async token =>
                    {
                        var item = await invocation.Cluster.FindAsync<AppMirror>(first.Value.Namespace, first.Value.Name, token);
                        return watcher.Observe(item is null ? null : new MirrorFacts(item.Value, cluster), invocation.Now);
                    },
                    ct);
                return ExitCode.Done;
            });
    }
}

/// <summary>Tells what changes about a mirror.</summary>
internal sealed class MirrorWatcher
{
    private string? told;

    public Look Observe(MirrorFacts? mirror, DateTimeOffset now)
    {
        if (mirror is null)
        {
            Line gone = "The mirror was deleted.";
            return new Look(new ProgressMoment([gone], [gone]), true);
        }

        var parts = new List<string> { mirror.Status.Role.ToString(), mirror.State.ToString(), mirror.Health.ToString() };
        if (mirror.Status.Operation is { } operation)
        {
            parts.Add($"{Words.Of(operation.Request.Type)}: {Words.Of(operation.Stage)}");
        }

        if (mirror.Status.Sync is { } sync)
        {
            parts.Add($"{sync.Name}: {Words.Of(sync.Stage)}");
        }

        if (mirror.Status.Snapshots is [.., var newest])
        {
            parts.Add($"newest {newest.Name}");
        }

        var line = string.Join("  ", parts);
        IReadOnlyList<Line> news = line == told ? [] : [new Line(new Span(Format.Time(now) + "  ", Tone.Muted), line)];
        told = line;
        return new Look(new ProgressMoment(MirrorDescription.Render(mirror, now), news), false);
    }
}
