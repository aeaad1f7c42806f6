using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Mirroring;

namespace Tonari.Cli.Waiting;

/// <summary>Follows a new mirror from its creation through preflight and the initial transfer until it is established.</summary>
internal sealed class EstablishFollower
{
    // Preflight needs a first exchange with the peer and a first look at the application; what it finds before both have happened may go away by itself.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private readonly StageLog stages = new();
    private readonly TransferDisplay transfers = new();
    private DateTimeOffset? problemsSince;
    private string told = "";

    /// <summary>When it was first looked at.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>What stood in the way when the waiting ended; empty when it is established.</summary>
    public IReadOnlyList<MirrorProblem> Problems { get; private set; } = [];

    public Look Observe(MirrorFacts mirror, DateTimeOffset now)
    {
        StartedAt = StartedAt == default ? now : StartedAt;
        if (mirror.State == MirrorState.Established)
        {
            Problems = [];
            return new Look(new ProgressMoment(stages.Frame(now), stages.End(now)), true);
        }

        return mirror.Status.Problems.Count > 0 ? Stuck(mirror, now) : new Look(Moving(mirror, now), false);
    }

    private Look Stuck(MirrorFacts mirror, DateTimeOffset now)
    {
        problemsSince ??= now;
        Problems = mirror.Status.Problems;
        var list = Problems.Select(p => new Line(new Span($"  - {p.Message}", Tone.Bad))).ToList();
        var text = string.Join('\n', list);
        IReadOnlyList<Line> news = text == told ? [] : [new Line("Preflight found:"), .. list];
        told = text;
        return new Look(new ProgressMoment([new Line("Preflight found:"), .. list], news), now - problemsSince >= Grace);
    }

    private ProgressMoment Moving(MirrorFacts mirror, DateTimeOffset now)
    {
        problemsSince = null;
        told = "";
        var name = mirror.Status switch
        {
            { Role: MirrorRole.Unassigned } => "Preflight on both sides",
            { Sync: { } sync } => "Initial transfer: " + Words.Of(sync.Stage).ToLowerInvariant(),
            _ => "Initial transfer",
        };
        var changes = stages.Enter(name, stages.Current is null ? StartedAt : now);
        var transfer = transfers.Observe(now, mirror.Transfers);
        return new ProgressMoment([.. stages.Frame(now), .. transfer.Frame], [.. changes, .. transfer.Changes]);
    }
}
