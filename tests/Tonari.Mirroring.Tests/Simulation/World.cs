using System.Collections.Immutable;
using System.Globalization;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// Two clusters in one process and one thread, driven by one seed: crashes at every boundary between an effect and its record, partitions,
/// stale views, clock skew, and user commands at any moment. <see cref="Invariants"/> are checked after every event.
/// </summary>
internal sealed class World
{
    private readonly Random random;
    private readonly Queue<(SimulatedSide To, PeerView View)> mail = new();
    private readonly List<string> story = [];
    private readonly Invariants invariants;
    private int nextRow;
    private int nextOperation;

    public World(int seed)
    {
        random = new Random(seed);
        Blue = new SimulatedSide("blue", "green", MirrorRole.Primary) { Skew = TimeSpan.FromSeconds(random.Next(-20, 20)) };
        Green = new SimulatedSide("green", "blue", MirrorRole.Secondary) { Skew = TimeSpan.FromSeconds(random.Next(-20, 20)) };
        Blue.Store.Live = ImmutableList<int>.Empty;
        Blue.Store.ApplicationRuns = true;
        invariants = new Invariants(this);
    }

    public SimulatedSide Blue { get; }

    public SimulatedSide Green { get; }

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.UnixEpoch.AddYears(50);

    public bool Cut { get; private set; }

    /// <summary>Rows acknowledged so far, numbered from 1.</summary>
    public int Rows => nextRow;

    /// <summary>What has happened so far, for a failure's message.</summary>
    public string Story => string.Join(Environment.NewLine, story.TakeLast(60));

    public SimulatedSide Other(SimulatedSide side) => side == Blue ? Green : Blue;

    /// <summary>Lets anything happen for a number of events.</summary>
    public void Rage(int events, bool deletions)
    {
        for (var i = 0; i < events; i++)
        {
            Now += TimeSpan.FromMilliseconds(random.Next(10, 900));
            var side = random.Next(2) == 0 ? Blue : Green;
            switch (random.Next(100))
            {
                case < 55: Work(side); break;
                case < 75: Talk(side); break;
                case < 88: WriteRow(side); break;
                case < 91: Crash(side); break;
                case < 93: Toggle(); break;
                case < 94: Now += TimeSpan.FromSeconds(random.Next(1, 90)); break;
                case < 95: Pause(side); break;
                case < 96 when deletions && random.Next(15) == 0: Delete(side); break;
                default: Command(side); break;
            }

            invariants.Check();
        }
    }

    /// <summary>No more faults and commands: what is under way must come to its end.</summary>
    public void Heal(int rounds)
    {
        Cut = false;
        Tell("healed");
        foreach (var side in (SimulatedSide[])[Blue, Green]) side.Policy = side.Policy with { Paused = false };
        for (var i = 0; i < rounds; i++) Round();
    }

    /// <summary>One turn of both sides without faults.</summary>
    public void Round()
    {
        foreach (var side in (SimulatedSide[])[Blue, Green]) Turn(side);
    }

    /// <summary>One turn of one side without faults.</summary>
    public void Turn(SimulatedSide side)
    {
        Now += TimeSpan.FromMilliseconds(150);
        Work(side, faults: false);
        Talk(side);
        Deliver();
        invariants.Check();
    }

    /// <summary>One user's request, as written into the object's spec.</summary>
    public void Ask(SimulatedSide side, MirrorOperationType type, string? keep = null)
    {
        var id = (++nextOperation).ToString(CultureInfo.InvariantCulture);
        Tell($"{side.Name}: asked for {type} {keep} as {id}");
        side.Policy = side.Policy with { Operation = new MirrorOperationRequest(id, type, Keep: keep, Confirm: "shop") };
    }

    public void CutLink()
    {
        Cut = true;
        Tell("link cut");
    }

    public void WriteRow(SimulatedSide side)
    {
        if (!side.Store.ApplicationRuns || side.Store.Live is not { } live) return;
        side.Store.Live = live.Add(++nextRow);
    }

    /// <summary>One turn of a side's worker: decide, then write, or let one running step end.</summary>
    public void Work(SimulatedSide side, bool faults = true)
    {
        if (!side.Exists) return;
        var decision = Decide(side);
        if (decision.Next is { } next)
        {
            if (faults && random.Next(30) == 0) Crash(side);
            else Write(side, next, "rule");
            return;
        }

        Keep(side, decision.Steps);
        if (side.Running.Count == 0) return;

        var step = side.Running.Values.ElementAt(random.Next(side.Running.Count));
        var result = new Effects(this, side).Run(step);
        if (faults && random.Next(20) == 0)
        {
            Crash(side);
            return;
        }

        // As the worker does: a result is only applied while the step is still wanted.
        side.Running.Remove(step.Key);
        if (Decide(side).Steps.All(wanted => wanted.Key != step.Key)) return;
        Write(side, MirrorPlanner.Complete(side.Policy, side.Status, View(side), step, result, Clock(side)), $"{step.Key}: {result}");
    }

    public DateTimeOffset Clock(SimulatedSide side) => Now + side.Skew;

    public void Write(SimulatedSide side, MirrorStatus next, string why)
    {
        invariants.Written(side, side.Status, next);
        if (next.Role != side.Status.Role || next.Epoch != side.Status.Epoch || next.Operation?.Stage != side.Status.Operation?.Stage)
            Tell($"{side.Name}: {why} -> {next.Role} epoch {next.Epoch} {next.Operation?.Request.Type} {next.Operation?.Stage}");
        foreach (var record in next.History.Except(side.Status.History))
            Tell($"{side.Name}: {record.Type} {record.Id} {(record.Succeeded ? "done" : "failed")}: {record.Message}");
        side.Status = next;
    }

    public void Tell(string line) => story.Add($"{Now:HH:mm:ss.fff} {line}");

    public void Lost(string what) => throw new InvariantViolatedException($"{what}{Environment.NewLine}{Story}");

    public PeerView? View(SimulatedSide side) =>
        side.View is { } view ? view with { Reachable = Now - side.ViewAt < MirrorLimits.PeerSilence } : null;

    private Decision Decide(SimulatedSide side) => MirrorPlanner.Decide(side.Policy, side.Status, View(side), Clock(side));

    private void Keep(SimulatedSide side, IReadOnlyList<MirrorStep> steps)
    {
        foreach (var key in side.Running.Keys.Where(key => steps.All(step => step.Key != key)).ToList()) side.Running.Remove(key);
        foreach (var step in steps)
        {
            if (side.Running.TryAdd(step.Key, step)) side.AskedAt[step.Key] = Clock(side);
        }
    }

    private void Talk(SimulatedSide side)
    {
        if (Cut) return;
        mail.Enqueue((Other(side), side.Say()));
        if (random.Next(4) > 0) Deliver();
    }

    private void Deliver()
    {
        if (Cut || !mail.TryDequeue(out var letter)) return;
        letter.To.View = letter.View;
        letter.To.ViewAt = Now;
    }

    private void Toggle()
    {
        Cut = !Cut;
        mail.Clear();
        Tell(Cut ? "link cut" : "link back");
    }

    private void Crash(SimulatedSide side)
    {
        Tell($"{side.Name}: crash");
        side.Crash();
    }

    private void Pause(SimulatedSide side) => side.Policy = side.Policy with { Paused = !side.Policy.Paused && random.Next(3) == 0 };

    private void Delete(SimulatedSide side)
    {
        Tell($"{side.Name}: delete");
        side.Policy = side.Policy with { Deleting = true };
    }

    private void Command(SimulatedSide side)
    {
        var keep = random.Next(2) == 0 ? "blue" : "green";
        var type = (MirrorOperationType)random.Next(6);
        if (side.Policy.Operation is null || random.Next(3) == 0) Ask(side, type, keep);
    }
}

/// <summary>An invariant of the protocol did not hold; the message tells the story.</summary>
internal sealed class InvariantViolatedException(string message) : Exception(message);
