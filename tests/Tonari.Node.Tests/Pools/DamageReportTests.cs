using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Tonari.Engine;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;

namespace Tonari.Node.Tests.Pools;

/// <summary>What is damaged in a pool is told: in its StoragePool, in the log once, and as a number.</summary>
public sealed class DamageReportTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
    private readonly Workshop _workshop = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_pool_with_a_damaged_file_is_usable_and_says_which()
    {
        var intact = Status([]);
        var damaged = Status(["The file 'a' is damaged.", "The file 'b' is damaged."], intact.Conditions);

        Damaged(intact).Status.ShouldBe(ConditionStatus.False);
        intact.Reason.ShouldBeNull();
        damaged.Usable.ShouldBeTrue();
        damaged.State.ShouldBe(StoragePoolState.Managed);
        damaged.Reason!.ShouldContain("2 files");
        Damaged(damaged).Status.ShouldBe(ConditionStatus.True);
        Damaged(damaged).Message.ShouldBe("The file 'a' is damaged. The file 'b' is damaged.");
        PoolReport.IsDue(intact, damaged).ShouldBeTrue();
        PoolReport.IsDue(damaged, Status(["The file 'c' is damaged.", "The file 'b' is damaged."], intact.Conditions)).ShouldBeTrue("another file is news");
        PoolReport.IsDue(damaged, damaged).ShouldBeFalse();
    }

    [Fact]
    public void However_much_is_damaged_fits_into_the_status()
    {
        var sentence = new string('x', 600) + ".";
        Damaged(Status([.. Enumerable.Repeat(sentence, 500)])).Message.Length.ShouldBeLessThan(32768);
    }

    [Fact]
    public void Of_a_pool_that_is_not_open_nothing_is_claimed() => Damaged(PoolReport.Build(
        PoolSighting.Unusable("/pools/main", "Nothing is mounted."), managed: true, "node", "node:1", [], s_now)).Status.ShouldBe(ConditionStatus.Unknown);

    [Fact]
    public async Task Damage_is_logged_once_counted_and_seen_to_end()
    {
        var path = _workshop.Mount("btrfs", "main", 256L << 20);
        await using var engine = await VolumePool.OpenAsync(path, new PoolOptions { FreezeGuard = new NoFreezeGuard() }, Ct);
        await engine.Volumes.CreateAsync(new VolumeId("a"), new ByteCount(16L << 20), Ct);
        var document = Path.Combine(path, "volumes", "a", "volume.json");
        var content = await File.ReadAllTextAsync(document, Ct);
        await File.WriteAllTextAsync(document, content[..20], Ct);
        var (counters, time, log) = (new NodeCounters(), new FakeTimeProvider(), new Lines());
        var watch = new DamageWatch(counters, time, log);
        var pool = new NodePool("node-main", path, engine, Managed: true);

        for (var i = 0; i < 3; i++)
        {
            (await watch.LookAsync(pool, Ct)).ShouldHaveSingleItem().ShouldContain(document);
            time.Advance(DamageWatch.Interval);
        }
        log.Said.ShouldHaveSingleItem().ShouldContain("node-main");
        counters.Write(1, 0).ShouldContain("\ntonari_node_damaged_files 1\n");

        await File.WriteAllTextAsync(document, content, Ct);
        (await watch.LookAsync(pool, Ct)).ShouldBeEmpty();
        counters.Write(1, 1).ShouldContain("\ntonari_node_damaged_files 0\n");
    }

    private static StoragePoolStatus Status(IReadOnlyList<string> damage, IReadOnlyList<Condition>? before = null) => PoolReport.Build(
        PoolSighting.Open(new PoolDescription("id", "/pools/main", "btrfs", new ByteCount(1000), new ByteCount(1), null), 2) with { Damage = damage },
        managed: true, "node", "node:1", before ?? [], s_now);

    private static Condition Damaged(StoragePoolStatus status) => status.Conditions.Single(condition => condition.Type == "Damaged");

    private sealed class Lines : ILogger<DamageWatch>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }
}
