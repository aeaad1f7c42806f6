namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>How a history ends, once faults and commands have ceased.</summary>
internal enum Ending : byte
{
    /// <summary>Everything heals; what is under way must come to its end.</summary>
    Heal,

    /// <summary>Everything heals but the link, which comes back later: until then the application must run somewhere.</summary>
    CutThenHeal,

    /// <summary>The link stays cut and the secondary is asked to fail over; then all heals.</summary>
    FailOverAlone,

    /// <summary>All heals, a person decides what is open, and a planned swap is asked for: both must succeed.</summary>
    SettleThenSwap,

    /// <summary>All heals, then the relationship is deleted.</summary>
    Delete,

    /// <summary>The link stays cut and one side is deleted by force; then the link comes back.</summary>
    ForceDelete,
}

/// <summary>What differs between two histories from the start.</summary>
/// <param name="Skew">Blue's and green's clock against the true time, milliseconds.</param>
/// <param name="Drift">How fast each clock runs wrong, parts per million.</param>
/// <param name="Schedule">Pause between syncs, seconds.</param>
/// <param name="Retain">Group snapshots kept.</param>
/// <param name="Warn">Fencing only warns.</param>
/// <param name="Verify">Pause between verifications of the replica, seconds; 0: only when asked for.</param>
internal sealed record Setup((int Blue, int Green) Skew, (int Blue, int Green) Drift, int Schedule, int Retain, bool Warn, int Verify)
{
    public static Setup Plain { get; } = new((0, 0), (0, 0), 20, 2, false, 0);
}

/// <summary>One history: what is given, what happens, and how it ends.</summary>
internal sealed record Plan(int Seed, Setup Setup, IReadOnlyList<Happening> Happenings, Ending Ending)
{
    private const int Length = 250;

    // Of a thousand happenings. The first ones are the clockwork, which must run for faults to have something to break.
    private static readonly (HappeningKind Kind, int Weight)[] Weights =
    [
        (HappeningKind.Turn, 170), (HappeningKind.Act, 150), (HappeningKind.Deliver, 130), (HappeningKind.Exchange, 50),
        (HappeningKind.Watch, 50), (HappeningKind.Write, 130), (HappeningKind.Flow, 150), (HappeningKind.Mend, 50),
        (HappeningKind.Crash, 14), (HappeningKind.Absence, 6), (HappeningKind.Reboot, 10), (HappeningKind.Toggle, 12), (HappeningKind.Drop, 10),
        (HappeningKind.Duplicate, 12), (HappeningKind.Delay, 10), (HappeningKind.Corrupt, 10), (HappeningKind.Outage, 8), (HappeningKind.LoseReply, 9),
        (HappeningKind.HookFails, 3), (HappeningKind.Unready, 4), (HappeningKind.Jump, 8),
        (HappeningKind.Command, 30), (HappeningKind.Pause, 4), (HappeningKind.Edit, 6), (HappeningKind.Delete, 2),
    ];

    private static readonly HappeningKind[] Wheel = [.. Weights.SelectMany(entry => Enumerable.Repeat(entry.Kind, entry.Weight))];

    /// <summary>The history of a seed. The same seed gives the same history on every machine.</summary>
    public static Plan Of(int seed)
    {
        var random = new Random(seed);
        var setup = new Setup(
            (random.Next(-20_000, 20_000), random.Next(-20_000, 20_000)), (random.Next(-10_000, 10_000), random.Next(-10_000, 10_000)),
            random.Next(10, 40), random.Next(1, 4), random.Next(4) == 0, random.Next(3) * random.Next(15, 120));
        var ending = (Ending)random.Next(6);
        var deletions = random.Next(5) == 0;
        return new Plan(seed, setup, Draw(random, Length, deletions), ending);
    }

    /// <summary>Random happenings, after a while in which the relationship may be established.</summary>
    public static IReadOnlyList<Happening> Draw(Random random, int count, bool deletions)
    {
        var happenings = new Happening[count];
        happenings[0] = new Happening(HappeningKind.Flow, 0, 100, (ushort)random.Next(100));
        for (var i = 1; i < count; i++)
        {
            var kind = Wheel[random.Next(Wheel.Length)];
            if (kind == HappeningKind.Delete && !deletions) kind = HappeningKind.Flow;
            happenings[i] = new Happening(kind, (byte)random.Next(2), (ushort)random.Next(5, 600), (ushort)random.Next(ushort.MaxValue));
        }

        return happenings;
    }
}
