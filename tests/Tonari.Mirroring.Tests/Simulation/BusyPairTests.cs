namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>One pair that syncs every ten seconds, is written to all the time, and has a bad day.</summary>
public sealed class BusyPairTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(8);
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    private readonly World world = new(Setup.Plain with { Schedule = 10, Retain = 3, Skew = (4_000, -7_000), Drift = (200, -100), Verify = 120 }, Protocol.Product) { Tells = true };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Eight_hours_of_a_busy_pair_with_faults_and_users_break_no_promise(int seed)
    {
        var random = new Random(seed);
        try
        {
            while (world.Now - World.Beginning < Day)
            {
                Trouble(random, world.Now + Quarter);
                world.Heal(link: true);
                Quiet.Until(world, Quiet.Unsettled);
                Decide(random);
            }
        }
        catch (InvariantViolatedException violated)
        {
            Assert.Fail($"seed {seed}: {violated.Message}{Environment.NewLine}{string.Join(Environment.NewLine, world.Story.TakeLast(80))}");
        }

        world.Figures.Commits.ShouldBeGreaterThan(600, "syncs went on");
        world.Figures.Handovers.ShouldBeGreaterThan(5);
        world.Figures.FailOvers.ShouldBeGreaterThan(2);
        world.Figures.Faults.ShouldBeGreaterThan(500);
        world.Ledger.Count.ShouldBeGreaterThan(20_000, "the application was at work");
    }

    /// <summary>A quarter of an hour in which something breaks every 20 seconds on average, for some seconds, and somebody asks for something every 3 minutes.</summary>
    private void Trouble(Random random, DateTimeOffset until)
    {
        var mendAt = DateTimeOffset.MaxValue;
        while (world.Now < until)
        {
            foreach (var side in world.Clusters) side.Disk.Write(random.Next(8));
            Quiet.Pass(world);
            if (random.Next(60) == 0) world.Apply(Draw(random, happening => happening.IsFault && happening.Kind != HappeningKind.Jump));
            if (random.Next(900) == 0) world.Apply(Draw(random, happening => happening.Kind is HappeningKind.Command or HappeningKind.Edit));
            if (mendAt == DateTimeOffset.MaxValue && (world.Network.Cut || world.Clusters.Any(side => side.ApiDown || side.Unready)))
                mendAt = world.Now.AddSeconds(random.Next(5, 90));
            if (world.Now < mendAt) continue;
            world.Heal(link: true);
            mendAt = DateTimeOffset.MaxValue;
        }
    }

    /// <summary>Somebody comes to look: what is open is decided, and now and then the sides are swapped as planned.</summary>
    private void Decide(Random random)
    {
        var side = world.Clusters[random.Next(2)];
        if (world.Clusters.Any(cluster => cluster.Status.Role == MirrorRole.Fenced))
            world.Ask(side, MirrorOperationType.Resync, keep: world.Clusters[random.Next(2)].Name);
        else
            world.Ask(side, random.Next(3) == 0 ? MirrorOperationType.Reverse : MirrorOperationType.Sync);
        Quiet.Until(world, Quiet.Unsettled);
    }

    private static Happening Draw(Random random, Func<Happening, bool> wanted) => Plan.Draw(random, 400, deletions: false).First(wanted);
}
