namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>A step at work.</summary>
internal sealed class Run(MirrorStep step, Reading basis)
{
    public MirrorStep Step { get; } = step;

    /// <summary>What was known when it began.</summary>
    public Reading Basis { get; } = basis;

    /// <summary>How far it is; each part is an effect that a crash may follow.</summary>
    public int Part { get; set; }

    /// <summary>The question to the neighbour that it waits for; 0: none.</summary>
    public long Call { get; set; }

    public DateTimeOffset SentAt { get; set; }

    /// <summary>When a hold was asked for, by this side's clock: its lease counts from there.</summary>
    public DateTimeOffset AskedAt { get; set; }

    /// <summary>The connection or the agent it waits for is gone.</summary>
    public bool Broken { get; set; }

    public StepResult? Result { get; set; }
}

/// <summary>
/// One mirror's worker, turn by turn as the controller's own: look, write or note or start. It sees its API server through copies that lag behind,
/// and between deciding and having written anything can happen. A crash wipes all of it out.
/// </summary>
internal sealed class Controller(World world, Cluster cluster)
{
    /// <summary>A write that has not been answered by then counts as failed.</summary>
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A step that ended without changing anything is not started again before this.</summary>
    private static readonly TimeSpan RepeatPause = TimeSpan.FromSeconds(1);

    /// <summary>Longest sleep: a lost wake must not matter for longer.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(15);

    private readonly List<Run> runs = [];
    private readonly Dictionary<string, DateTimeOffset> notBefore = [];
    private readonly StepWork work = new(world, cluster);
    private Reading known;
    private bool refresh = true;
    private bool awake = true;
    private DateTimeOffset sleepUntil;
    private PeerView? seenPeer;
    private (MirrorStatus Next, DateTimeOffset At, Run? Finished, string Why)? pending;

    /// <summary>When it wants to look again although nothing has happened.</summary>
    public DateTimeOffset? WakeAt { get; private set; }

    /// <summary>Whether something is under way, so that views are exchanged more often.</summary>
    public bool Busy => cluster.Status is { Operation: not null } or { Sync: not null } or { Promotion: not null } or { Hold: not null } or { Role: MirrorRole.Unassigned };

    public void Crash()
    {
        runs.Clear();
        notBefore.Clear();
        pending = null;
        refresh = true;
        awake = true;
    }

    public void Observe(Reading seen)
    {
        awake = true;
        if (!refresh && seen.Version > known.Version) known = seen;
    }

    /// <summary>A connection broke, or the agent behind a step died.</summary>
    public void Break(long call)
    {
        foreach (var run in runs)
        {
            if (run.Call == call && run.Result is null) run.Broken = true;
        }
    }

    public void BreakAll()
    {
        foreach (var run in runs)
        {
            if (run.Result is null && run.Call == 0) run.Broken = true;
        }
    }

    public void Answered(Answer answer)
    {
        var run = runs.Find(run => run.Call == answer.Call && run.Result is null);
        if (run is null) return;
        work.Answered(run, answer.Result);
        awake |= run.Result is not null;
    }

    /// <summary>One part of one running step; whether there was one that could go on.</summary>
    public bool Act(int choice)
    {
        if (cluster.Away || runs.Count == 0) return false;
        var run = runs[choice % runs.Count];
        if (run.Result is not null || !work.GoOn(run)) return false;
        awake |= run.Result is not null;
        return true;
    }

    /// <summary>One part of every running step.</summary>
    public bool ActAll()
    {
        var acted = false;
        for (var i = 0; i < runs.Count; i++) acted |= Act(i);
        return acted;
    }

    /// <summary>One turn; whether it did anything. Between turns it sleeps until something has happened.</summary>
    public bool Turn()
    {
        if (cluster.Away) return false;
        if (pending is not null)
        {
            Land();
            return true;
        }

        if (refresh)
        {
            if (cluster.ApiDown) return false;
            known = cluster.Read();
            refresh = false;
        }

        if (!known.Exists)
        {
            runs.Clear();
            return false;
        }

        if (known is { Policy.Deleting: true, Status.CleanedUp: true })
        {
            if (cluster.ApiDown) return false;
            if (cluster.TryRemove(known.Version)) known = cluster.Read();
            else refresh = true;
            return true;
        }

        // Nothing is looked at again before something happens or the time that was asked for has come.
        if (!awake && cluster.Clock < sleepUntil && ReferenceEquals(seenPeer, cluster.Views.Current)) return false;
        awake = Decided();
        if (awake) return true;
        sleepUntil = cluster.Clock + LongestSleep;
        if (WakeAt < sleepUntil) sleepUntil = WakeAt.Value;
        return false;
    }

    private bool Decided()
    {
        var now = cluster.Clock;
        var peer = cluster.Views.Current;
        var decision = world.Rules.Decide(known.Policy, known.Status, peer, now);
        seenPeer = peer;
        world.Figures.Decisions++;
        world.Checks.Decided(cluster, known.Status, decision);
        WakeAt = decision.WakeAt;
        if (decision.Next is { } next)
        {
            Begin(next, null, "decided");
            return true;
        }

        if (runs.Find(run => run.Result is not null) is { } finished)
        {
            Note(finished, decision, peer, now);
            return true;
        }

        return Cancel(decision) || Start(decision, now);
    }

    private void Note(Run finished, Decision decision, PeerView? peer, DateTimeOffset now)
    {
        if (decision.Steps.All(step => step.Key != finished.Step.Key))
        {
            runs.Remove(finished);
            return;
        }

        var next = world.Rules.Complete(known.Policy, known.Status, peer, finished.Step, finished.Result!, now);
        if (next == known.Status)
        {
            notBefore[finished.Step.Key] = now + RepeatPause;
            runs.Remove(finished);
            return;
        }

        Begin(next, finished, finished.Step.Key);
    }

    private bool Cancel(Decision decision) => runs.RemoveAll(run => decision.Steps.All(step => step.Key != run.Step.Key)) > 0;

    private bool Start(Decision decision, DateTimeOffset now)
    {
        var started = false;
        foreach (var step in decision.Steps)
        {
            if (runs.Exists(run => run.Step.Key == step.Key)) continue;
            if (notBefore.TryGetValue(step.Key, out var pause))
            {
                if (pause > now)
                {
                    WakeAt = WakeAt < pause ? WakeAt : pause;
                    continue;
                }

                notBefore.Remove(step.Key);
            }

            runs.Add(new Run(step, known));
            world.Figures.Steps++;
            started = true;
        }

        return started;
    }

    private void Begin(MirrorStatus next, Run? finished, string why)
    {
        if (cluster.ApiDown) refresh = true;
        else pending = (next, world.Now, finished, why);
    }

    /// <summary>The write reaches the API server: it counts, meets a newer version, comes too late, or counts without its writer being told.</summary>
    private void Land()
    {
        var (next, at, finished, why) = pending!.Value;
        pending = null;
        var done = world.Now - at <= WriteTimeout && !cluster.ApiDown && cluster.TryWrite(known.Version, next, why, Writer.Worker);
        if (done) world.Figures.Writes++;
        else world.Figures.Conflicts++;
        if (!done || cluster.LoseReply)
        {
            if (done) cluster.LoseReply = false;
            refresh = true;
            return;
        }

        known = cluster.Read();
        if (finished is not null) runs.Remove(finished);
    }
}
