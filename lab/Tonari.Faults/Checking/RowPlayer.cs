using System.Diagnostics;
using Tonari.Faults.Rows;
using Tonari.Faults.Striking;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.Faults.Checking;

/// <summary>Plays one row: asks for the operation, strikes when the step begins, and sees what becomes of it without touching anything.</summary>
internal sealed class RowPlayer(Stage stage, TimeProvider clock)
{
    private TwoClusters Lab => stage.Lab;

    public async Task<RowResult> PlayAsync(FaultRow row, CancellationToken ct)
    {
        var struck = "never";
        double? seconds = null;
        try
        {
            var operation = Operations.Of(row.Operation);
            await stage.PrepareAsync(operation, ct);
            using var command = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var (from, next, volumes) = (stage.Serving, stage.Shop.Ledger.Next, await VolumesAsync(ct));
            var fault = FaultKinds.Of(row, new StruckGround(Lab, stage.Mirror, from, row.Side, command));
            struck = await StrikeAsync(row, operation, fault, command, ct);
            seconds = await ConvergedAsync(row, operation, fault, from, next, ct);
            var wrong = await stage.WrongAsync(operation, fault.RefusesWrites, ct);
            if (operation.After == After.Gone) wrong ??= await LeftAfterDeleteAsync(volumes, ct);
            return new RowResult(row.Title, clock.GetUtcNow(), struck, seconds, wrong is null, wrong ?? "");
        }
        catch (Exception e) when (IsTrouble(e, ct))
        {
            return new RowResult(row.Title, clock.GetUtcNow(), struck, seconds, Green: false, e.Message);
        }
        finally
        {
            await LabLink.ClearAsync(CancellationToken.None);
        }
    }

    /// <summary>What a row may end with; a request that took too long comes as a cancellation.</summary>
    private static bool IsTrouble(Exception e, CancellationToken ct) =>
        e is TimeoutException or InvalidOperationException or ProgramFailedException or HttpRequestException or IOException or Npgsql.NpgsqlException
        || (e is OperationCanceledException && !ct.IsCancellationRequested);

    private async Task<string> StrikeAsync(FaultRow row, Operation operation, IFault fault, CancellationTokenSource command, CancellationToken ct)
    {
        var actor = operation.Actor == Side.Source ? stage.Serving : Lab.Other(stage.Serving);
        var asker = operation.Before == Before.Nothing ? stage.Serving : actor;
        await fault.PrepareAsync(ct);
        if (row.Lasts) await fault.StrikeAsync(ct);
        else if (operation.Moves) await LabLink.RateAsync("16mbit", ct);

        var watch = new StepWatch(stage.Mirror, actor, operation);
        await watch.BeginAsync(ct);
        if (operation.Moves) await stage.WriteAsync(ct);
        IReadOnlyList<string> words = operation.Command(stage.Serving, Lab.Other(stage.Serving));
        var asked = Lab.On(asker).TryAsync(command.Token, row.Fault == FaultKinds.KillCommand ? words : [.. words, "--no-wait"]);
        var struck = await StrikeInStepsAsync(row, operation, fault, watch, ct);
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return struck;
    }

    /// <summary>Strikes in the step that is wanted or, when that is over too soon to be met, in the first one after it.</summary>
    /// <returns>Where it struck.</returns>
    private static async Task<string> StrikeInStepsAsync(FaultRow row, Operation operation, IFault fault, StepWatch watch, CancellationToken ct)
    {
        if (row.Lasts)
        {
            await watch.UntilAsync(operation.Steps[0], ct);
            return row.When;
        }

        var (wanted, struck) = (new Queue<string>(row.Wanted), new List<string>());
        while (wanted.TryPeek(out var next) && await watch.UntilAsync(next, ct) is var seen and not StepWatch.Over)
        {
            await fault.StrikeAsync(ct);
            struck.Add(seen);
            while (wanted.TryPeek(out next) && watch.Index(next) <= watch.Index(seen)) wanted.Dequeue();
        }

        return struck.Count > 0 ? string.Join(", ", struck) : throw new InvalidOperationException("The operation was over before there was anything to strike in.");
    }

    /// <summary>Waits, within the fault's bound, until the operation has settled, the client is served, and replication goes on.</summary>
    private async Task<double> ConvergedAsync(FaultRow row, Operation operation, IFault fault, LabCluster from, long next, CancellationToken ct)
    {
        if (!row.Lasts) await fault.EndAsync(ct);
        if (!row.Lasts && operation.Moves) await LabLink.RateAsync("off", ct);
        var (ended, started) = (clock.GetUtcNow(), Stopwatch.GetTimestamp());
        await stage.SettledAsync(operation, fault.Bound, ct);
        await stage.NoteAsync(operation, from, next, ct);
        await Eventually.TrueAsync($"{stage.Serving.Name} to serve the client", Left(), _ =>
            Task.FromResult(stage.Shop.Ledger.FirstAcknowledged(stage.Serving.Name, ended) is null ? "no row was acknowledged since" : null), ct);
        if (operation.After == After.Established)
        {
            await Eventually.TrueAsync("a fresh group snapshot next door", Left(), async token =>
                (await stage.Mirror.ExpectedSideAsync(Lab.Other(stage.Serving), token)).Snapshots is [.., var newest] && newest.CommittedAt > ended ? null : "the newest is older", ct);
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (row.Lasts) await fault.EndAsync(ct);
        return seconds;

        TimeSpan Left() => fault.Bound - Stopwatch.GetElapsedTime(started);
    }

    private async Task<(string MirrorId, IReadOnlyList<string> Ids)> VolumesAsync(CancellationToken ct) =>
        await stage.Mirror.SideAsync(stage.Serving, ct) is { MirrorId: { } id } side ? (id, side.VolumeIds) : ("", []);

    private async Task<string?> LeftAfterDeleteAsync((string MirrorId, IReadOnlyList<string> Ids) gone, CancellationToken ct)
    {
        var left = "";
        try
        {
            await Eventually.TrueAsync("nothing to be left", TimeSpan.FromSeconds(30), async token =>
            {
                var lines = new List<string>();
                foreach (var cluster in Lab.Clusters)
                {
                    lines.AddRange((await Leftovers.FindAsync(cluster, gone.MirrorId, cluster == stage.Serving ? [] : gone.Ids, token)).Select(line => $"{cluster.Name}: {line}"));
                }

                left = string.Join("; ", lines);
                return left.Length == 0 ? null : left;
            }, ct);
            return null;
        }
        catch (TimeoutException)
        {
            return left;
        }
    }
}
