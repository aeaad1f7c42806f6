using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;
using Tonari.Cli.Views;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Commands;

/// <summary>What every operation has: its mirror, how it is asked for and waited for.</summary>
internal sealed class OperationOptions(CommandFactory factory)
{
    private readonly Option<bool> noWait = SharedOptions.NoWait();
    private readonly Option<TimeSpan?> timeout = SharedOptions.Timeout();
    private readonly Option<OutputFormat> output = OutputOption.Create();

    public Argument<string> Name { get; } = MirrorCommands.Name(factory);

    public IReadOnlyList<Symbol> Waiting => [noWait, timeout, output];

    public async Task<MirrorFacts> LookAsync(Invocation invocation, CancellationToken ct)
    {
        var mirror = await invocation.Cluster.GetAsync<AppMirror>(invocation.Namespace, invocation.Get(Name), ct);
        return new MirrorFacts(mirror.Value, await invocation.Cluster.FindNameAsync(ct));
    }

    public static MirrorOperationRequest Request(Invocation invocation, MirrorOperationType type) =>
        new(invocation.Services.Randomness.NewId(MirrorRequests.OperationIdLength), type);

    /// <summary>Asks, and unless told otherwise waits.</summary>
    public async Task<int> RunAsync(Invocation invocation, MirrorOperationRequest request, CancellationToken ct)
    {
        var (ns, name) = (invocation.Namespace, invocation.Get(Name));
        var asked = await invocation.Cluster.ChangeAsync<AppMirror>(ns, name, mirror =>
        {
            RefuseIfBusy(mirror.Value, request, invocation.Repeat);
            return MirrorRequests.Ask(request);
        }, ct);
        var format = invocation.Get(output);
        if (invocation.Get(noWait))
        {
            ResourcePrinter.PrintDone(invocation, format, asked.Json, $"{Words.Of(request.Type).ToLowerInvariant()} asked for ({request.Id})");
            return ExitCode.Done;
        }

        var follower = new OperationFollower(request.Id);
        var wait = new WaitRequest(
            invocation.Get(timeout),
            format.IsForMachines(),
            $"The {Words.Of(request.Type).ToLowerInvariant()} goes on. See: tonari mirror watch {name}{invocation.Repeat}");
        await Follow.UntilFinishedAsync(
            invocation,
            wait,
            async token =>
            {
                var seen = await invocation.Cluster.GetAsync<AppMirror>(ns, name, token);
                var moment = follower.Observe(new MirrorFacts(seen.Value, null).At(invocation.Now));
                return new Look(moment, follower.End is not null);
            },
            ct);
        var record = Outcome(follower.End!, name, invocation.Repeat);
        var after = await invocation.Cluster.GetAsync<AppMirror>(ns, name, ct);
        if (format.IsForMachines())
        {
            ResourcePrinter.PrintDone(invocation, format, after.Json, "");
        }
        else
        {
            invocation.Terminal.Write(Summary(record));
        }

        // A difference that is healed is one all the same: whoever asked wants to know that a disk forgets.
        return record.Type == MirrorOperationType.Verify && new MirrorFacts(after.Value, null).Proven is { HealedRegions: > 0 } ? ExitCode.Failed : ExitCode.Done;
    }

    private static void RefuseIfBusy(AppMirror mirror, MirrorOperationRequest request, string repeat)
    {
        switch (MirrorRequests.HindranceOf(mirror, request.Type))
        {
            case RequestHindrance.NotTakenUp { Earlier: var earlier }:
                throw CliException.Refused(
                    $"The {Words.Of(earlier.Type).ToLowerInvariant()} asked for before ({earlier.Id}) has not been taken up yet.",
                    "Wait for it. If nothing happens, see whether Tonari's controller is running: tonari version.");
            case RequestHindrance.Running { Operation: var running }:
                throw CliException.Refused(
                    $"The {Words.Of(running.Request.Type).ToLowerInvariant()} {running.Request.Id} is still running ({Words.Of(running.Stage)}).",
                    $"Wait for it to end: tonari mirror watch {mirror.Name}{repeat}");
        }
    }

    private static MirrorOperationRecord Outcome(OperationEnd end, string name, string repeat) => end switch
    {
        OperationEnd.Recorded { Record.Succeeded: true } done => done.Record,
        OperationEnd.Recorded failed => throw CliException.Failed(
            $"{Words.Of(failed.Record.Type)} failed after {Format.Duration(failed.Record.FinishedAt - failed.Record.StartedAt)}: {failed.Record.Message}",
            $"See: tonari mirror show {name}{repeat}"),
        OperationEnd.Replaced replaced => throw CliException.Failed(
            $"Another request ({replaced.By}) took the place of this one before it was taken up; nothing was done.", $"See: tonari mirror show {name}{repeat}"),
        _ => throw new ArgumentOutOfRangeException(nameof(end)),
    };

    private static Line Summary(MirrorOperationRecord record)
    {
        var facts = new List<string> { $"took {Format.Duration(record.FinishedAt - record.StartedAt)}" };
        if (record.DowntimeMs is not null)
        {
            facts.Add($"downtime {Format.Milliseconds(record.DowntimeMs)}");
        }

        if (record.WireBytes is not null)
        {
            facts.Add($"{Format.Bytes(record.WireBytes)} transferred");
        }

        if (record.Snapshot is not null)
        {
            facts.Add(record.Snapshot);
        }

        return new Line(new Span($"{Words.Of(record.Type)} done", Tone.Good), $": {string.Join(", ", facts)}. {record.Message}");
    }
}
