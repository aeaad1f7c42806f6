using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>What an operation does, step by step, as it is shown to people.</summary>
public enum OperationStep
{
    /// <summary>Handed to the other side.</summary>
    Forwarding,

    /// <summary>The other side carries it out.</summary>
    Forwarded,

    /// <summary>Waiting until this side has learnt that it is no longer primary.</summary>
    AwaitingFence,

    /// <summary>Stopping the application and keeping its data aside.</summary>
    SettingAside,

    /// <summary>Bringing this side up to date.</summary>
    CatchingUp,

    /// <summary>Stopping the application on the primary.</summary>
    Holding,

    /// <summary>The last difference travels.</summary>
    FinalSync,

    /// <summary>Volumes are made from the group snapshot.</summary>
    MakingLive,

    /// <summary>Volumes, claims and resources are applied.</summary>
    Applying,

    /// <summary>The application is started again with its own volumes.</summary>
    Starting,

    /// <summary>Waiting until it is ready.</summary>
    AwaitingReady,

    /// <summary>Hooks run.</summary>
    Hooks,

    /// <summary>Both sides' copies are compared, and what differs is fetched again.</summary>
    Verifying,
}

/// <summary>How a step stands.</summary>
public enum StepState
{
    /// <summary>It has been done.</summary>
    Done,

    /// <summary>It is being done.</summary>
    Current,

    /// <summary>It is still to come.</summary>
    Next,

    /// <summary>The operation ended in it without reaching its aim.</summary>
    Failed,
}

/// <summary>One step of an operation.</summary>
/// <param name="Step">What is done.</param>
/// <param name="State">How it stands.</param>
/// <param name="StartedAt">When it began; null: not yet, or not known here.</param>
/// <param name="Seconds">How long it took, or takes so far, seconds.</param>
public sealed record OperationStepView(OperationStep Step, StepState State, DateTimeOffset? StartedAt, double? Seconds)
{
    private static readonly OperationStep[] TakingOver = [OperationStep.MakingLive, OperationStep.Applying, OperationStep.AwaitingReady, OperationStep.Hooks];

    private static readonly OperationStep[] Swap = [OperationStep.CatchingUp, OperationStep.Holding, OperationStep.FinalSync, .. TakingOver];

    /// <summary>The steps of a running operation: those it has come to, and those that follow.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="entered">Stages it has entered, oldest first.</param>
    /// <param name="now">Now.</param>
    public static IReadOnlyList<OperationStepView> Running(MirrorOperationType type, IReadOnlyList<MirrorStageEntry> entered, DateTimeOffset now)
    {
        var steps = Entered(entered, now, StepState.Current);
        return steps.Count == 0 ? steps : [.. steps, .. Following(type, steps[^1].Step).Select(s => new OperationStepView(s, StepState.Next, null, null))];
    }

    /// <summary>The steps of a finished operation.</summary>
    public static IReadOnlyList<OperationStepView> Finished(MirrorOperationRecord record) =>
        Entered(record.Stages, record.FinishedAt, record.Succeeded ? StepState.Done : StepState.Failed);

    /// <summary>
    /// The steps of an operation that the other side carries out, of which only the stage is known: those before it have been done.
    /// </summary>
    /// <param name="type">What it is.</param>
    /// <param name="stage">Its stage there.</param>
    public static IReadOnlyList<OperationStepView> Elsewhere(MirrorOperationType type, MirrorOperationStage stage)
    {
        var current = stage == MirrorOperationStage.Promoting && type == MirrorOperationType.Resync
            ? OperationStep.Starting
            : StepOf(new MirrorStageEntry(stage, null, default));
        // Only a side that was taken over from sets anything aside; later nobody knows from here whether it was one.
        var path = PathWith(type, current).SkipWhile(s => s == OperationStep.SettingAside && current != s).ToArray();
        var at = Array.IndexOf(path, current);
        return [.. path.Select((s, i) => new OperationStepView(s, i < at ? StepState.Done : i == at ? StepState.Current : StepState.Next, null, null))];
    }

    private static List<OperationStepView> Entered(IReadOnlyList<MirrorStageEntry> entered, DateTimeOffset end, StepState last) =>
    [
        .. entered.Select((e, i) => new OperationStepView(
            StepOf(e), i + 1 < entered.Count ? StepState.Done : last, e.StartedAt,
            Math.Max(0, ((i + 1 < entered.Count ? entered[i + 1].StartedAt : end) - e.StartedAt).TotalSeconds))),
    ];

    private static OperationStep[] Following(MirrorOperationType type, OperationStep current)
    {
        var path = PathWith(type, current);
        return path[(Array.IndexOf(path, current) + 1)..];
    }

    private static OperationStep[] PathWith(MirrorOperationType type, OperationStep current)
    {
        OperationStep[][] paths = type switch
        {
            MirrorOperationType.FailOver => [TakingOver],
            MirrorOperationType.Reverse => [Swap],
            MirrorOperationType.FailBack => [[OperationStep.SettingAside, .. Swap]],
            // Keeping the other side's data, or this side's own.
            MirrorOperationType.Resync => [[OperationStep.SettingAside, OperationStep.CatchingUp], [OperationStep.Holding, OperationStep.Starting, OperationStep.AwaitingReady]],
            MirrorOperationType.Verify => [[OperationStep.Verifying]],
            _ => [[OperationStep.CatchingUp]],
        };
        return paths.Append([OperationStep.Forwarding, OperationStep.Forwarded]).FirstOrDefault(p => p.Contains(current), [current]);
    }

    private static OperationStep StepOf(MirrorStageEntry entry) => (entry.Stage, entry.Promotion) switch
    {
        (MirrorOperationStage.Forwarding, _) => OperationStep.Forwarding,
        (MirrorOperationStage.Forwarded, _) => OperationStep.Forwarded,
        (MirrorOperationStage.AwaitingFence, _) => OperationStep.AwaitingFence,
        (MirrorOperationStage.SettingAside, _) => OperationStep.SettingAside,
        (MirrorOperationStage.CatchingUp, _) => OperationStep.CatchingUp,
        (MirrorOperationStage.Holding, _) => OperationStep.Holding,
        (MirrorOperationStage.FinalSync, _) => OperationStep.FinalSync,
        (MirrorOperationStage.Verifying, _) => OperationStep.Verifying,
        (_, MirrorPromotionStage.Applying) => OperationStep.Applying,
        (_, MirrorPromotionStage.Starting) => OperationStep.Starting,
        (_, MirrorPromotionStage.AwaitingReady) => OperationStep.AwaitingReady,
        (_, MirrorPromotionStage.Hooks) => OperationStep.Hooks,
        _ => OperationStep.MakingLive,
    };
}
