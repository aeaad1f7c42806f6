using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Mirroring;

namespace Tonari.Cli.Waiting;

/// <summary>How a followed operation ended.</summary>
internal abstract record OperationEnd
{
    /// <summary>The history has it.</summary>
    internal sealed record Recorded(MirrorOperationRecord Record) : OperationEnd;

    /// <summary>Another request took its place before the controller saw it.</summary>
    internal sealed record Replaced(string By) : OperationEnd;
}

/// <summary>Follows one requested operation through what is read of its mirror. Knows no clock and does no I/O.</summary>
internal sealed class OperationFollower(string operationId)
{
    private readonly StageLog stages = new();
    private readonly TransferDisplay transfers = new();
    private string? lastTrouble;

    /// <summary>The end, once it has been seen.</summary>
    public OperationEnd? End { get; private set; }

    /// <summary>Takes in what was read and says what to show.</summary>
    public ProgressMoment Observe(MirrorObservation seen)
    {
        var changes = new List<Line>();
        if (seen.Status.History.LastOrDefault(r => r.Id == operationId) is { } record)
        {
            changes.AddRange(stages.End(record.FinishedAt));
            End = new OperationEnd.Recorded(record);
            return new ProgressMoment(stages.Frame(seen.At), changes);
        }

        if (seen.Status.Operation is { } operation && operation.Request.Id == operationId)
        {
            return Running(seen, operation);
        }

        if (seen.RequestedOperation is { } other && other != operationId && seen.Status.LastOperationId != operationId)
        {
            End = new OperationEnd.Replaced(other);
            return new ProgressMoment([], []);
        }

        return Accepting(seen);
    }

    private ProgressMoment Accepting(MirrorObservation seen)
    {
        var waiting = seen.Status.Operation is { } busy
            ? $"Waiting for the running {Words.Of(busy.Request.Type).ToLowerInvariant()} to end"
            : "Waiting for the controller to take it up";
        var changes = stages.Enter(waiting, stages.Current?.StartedAt ?? seen.At);
        return WithDetails(seen, changes, null);
    }

    private ProgressMoment Running(MirrorObservation seen, MirrorOperation operation)
    {
        var (name, since) = operation.Stage == MirrorOperationStage.Promoting && seen.Status.Promotion is { } promotion
            ? (Words.Of(promotion.Stage), seen.At)
            : operation.Stage == MirrorOperationStage.Verifying && seen.Status.Verification is { } verification
                ? (Words.Of(verification), verification is { Stage: MirrorVerificationStage.Comparing, HealedRegions: 0 } ? operation.StageStartedAt : seen.At)
                : (Words.Of(operation.Stage), operation.StageStartedAt);
        return WithDetails(seen, stages.Enter(name, since), operation.Message);
    }

    private ProgressMoment WithDetails(MirrorObservation seen, IReadOnlyList<Line> changes, string? message)
    {
        var verifying = seen.Status.Operation is { Request.Type: MirrorOperationType.Verify };
        var transfer = transfers.Observe(seen.At, !verifying ? seen.Transfers : seen.Comparison is { } comparison ? [comparison] : []);
        var frame = new List<Line>(stages.Frame(seen.At));
        if (message is not null)
        {
            frame.Add(new Line(new Span("  " + message, Tone.Muted)));
        }

        frame.AddRange(transfer.Frame);
        var news = new List<Line>([.. changes, .. transfer.Changes]);
        var trouble = seen.Status.Retries.FirstOrDefault(r => r.Failures > 0) is { } failed
            ? $"  Failed {Times(failed.Failures)}, trying again: {failed.Message}"
            : null;
        if (trouble is not null)
        {
            frame.Add(new Line(new Span(trouble, Tone.Warning)));
            if (trouble != lastTrouble)
            {
                news.Add(new Line(new Span(trouble, Tone.Warning)));
            }
        }

        lastTrouble = trouble;
        return new ProgressMoment(frame, news);
    }

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";
}
