namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What came of a history that broke a promise.</summary>
/// <param name="Plan">The history.</param>
/// <param name="What">The broken promise.</param>
/// <param name="Story">What happened, in words; empty unless it was asked for.</param>
internal sealed record Failure(Plan Plan, string What, IReadOnlyList<string> Story);

/// <summary>Plays one history.</summary>
internal static class History
{
    /// <summary>Null when every promise was kept.</summary>
    public static Failure? Play(Plan plan, Protocol rules, Figures? figures = null, bool tell = false)
    {
        var world = new World(plan.Setup, rules) { Tells = tell };
        Failure? failure = null;
        try
        {
            foreach (var happening in plan.Happenings) world.Apply(happening);
            Endings.Play(world, plan.Ending, plan.Seed);
        }
        catch (InvariantViolatedException violated)
        {
            failure = new Failure(plan, violated.Message, world.Story);
        }
        catch (Exception unforeseen) when (unforeseen is NullReferenceException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            // The rules promise to be total; the story says how it came to this.
            failure = new Failure(plan, unforeseen.ToString(), world.Story);
        }

        if (figures is null) return failure;
        world.Figures.Histories = 1;
        world.Figures.Acknowledged = world.Ledger.Count;
        world.Figures.Seconds = (world.Now - World.Beginning).TotalSeconds;
        figures.Add(world.Figures);
        return failure;
    }
}
