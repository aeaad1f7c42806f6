using Tonari.Lab.Mirrors;
using Tonari.Lab.Rows;
using Tonari.Lab.Running;

namespace Tonari.Lab.Postgres;

/// <summary>
/// The lab's PostgreSQL with its client and its mirror: does something to it and says what that came to. Knows at any time which rows the
/// database must hold.
/// </summary>
public sealed class Shop : IAsyncDisposable
{
    // Long enough for a busy two-core machine; what is demanded is measured, not waited for.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TwoClusters lab;
    private readonly TimeProvider clock;
    private readonly MirrorWatch watch;

    private Shop(TwoClusters lab, TimeProvider clock)
    {
        this.lab = lab;
        this.clock = clock;
        Mirror = new LabMirror(lab, PostgresWorkload.Name, PostgresWorkload.Name);
        watch = new MirrorWatch(lab, Mirror);
        Ledger = new Ledger(PostgresWorkload.Servers(lab.Blue, lab.Green), clock);
    }

    /// <summary>Its mirror.</summary>
    public LabMirror Mirror { get; }

    /// <summary>Its client.</summary>
    public Ledger Ledger { get; }

    /// <summary>Where its rows must have come from.</summary>
    public Lineage Lineage { get; set; } = Lineage.On("blue");

    /// <summary>Every group snapshot of it seen so far.</summary>
    public IReadOnlyList<SnapshotView> Snapshots => watch.Snapshots;

    /// <summary>Opens it on blue: database, client, and what Tonari is told of it.</summary>
    /// <param name="lab">The clusters.</param>
    /// <param name="scale">pgbench's scale factor: about 15 MB each.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="described">Whether Tonari is told of it: the application and its hooks.</param>
    /// <param name="small">Whether its volumes are as small as they can be.</param>
    public static async Task<Shop> OpenAsync(TwoClusters lab, int scale, TimeProvider clock, CancellationToken ct, bool described = true, bool small = false)
    {
        await PostgresWorkload.DeployAsync(lab.Blue, scale, ct, small);
        if (described) await PostgresWorkload.DescribeAsync(lab.Blue, ct);
        var shop = new Shop(lab, clock);
        await Eventually.TrueAsync(
            "the first 100 rows", Patience, _ => Task.FromResult(shop.Ledger.Acknowledged >= 100 ? null : $"{shop.Ledger.Acknowledged} so far"), ct);
        return shop;
    }

    /// <summary>Looks at both sides now, so that no group snapshot of what has just ended is missed.</summary>
    public Task LookAsync(CancellationToken ct) => watch.LookAsync(ct);

    /// <summary>Does something, waits until the client is served again, and checks the database.</summary>
    /// <param name="serving">The cluster that serves the client afterwards.</param>
    /// <param name="after">Where the rows must have come from afterwards; asked once the client is served.</param>
    /// <param name="act">What is done.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<ShopStep> DoAsync(LabCluster serving, Func<Task<Lineage>> after, Func<Task> act, CancellationToken ct)
    {
        var started = clock.GetUtcNow();
        await act();
        var finished = clock.GetUtcNow();
        await Eventually.TrueAsync($"{serving.Name} to serve the client", Patience, _ =>
            Task.FromResult(Ledger.FirstAcknowledged(serving.Name, finished) is null ? "no row was acknowledged yet" : null), ct);
        await watch.LookAsync(ct);
        Lineage = await after();
        var verdict = await PostgresWorkload.VerifyAsync(serving, Ledger, Lineage, ct);
        var served = Ledger.FirstAcknowledged(serving.Name, started)!.Value - started;
        return new ShopStep(finished - started, served, Ledger.LongestGap(started, finished), watch.BytesSince(started), verdict);
    }

    /// <summary>The lineage after a fail-over: it starts from the group snapshot that the new primary's history names.</summary>
    /// <param name="to">The cluster that took over.</param>
    /// <param name="next">The number of the next row when the fail-over was asked for.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<(Lineage Lineage, SnapshotView Snapshot)> FailedOverAsync(LabCluster to, long next, CancellationToken ct)
    {
        var history = (await Mirror.ExpectedSideAsync(to, ct)).History;
        var name = history.LastOrDefault(h => h is { Type: "FailOver", Succeeded: true })?.Snapshot
            ?? throw new InvalidOperationException($"The history on {to.Name} has no fail-over with its snapshot.");
        var snapshot = watch[name];
        return (Lineage.FailedOverTo(to.Name, snapshot.TakenAt, next, Ledger.LastSentBy(snapshot.CommittedAt)), snapshot);
    }

    /// <summary>Waits until a side is fenced and its PostgreSQL stopped.</summary>
    public async Task UntilFencedAsync(LabCluster cluster, CancellationToken ct)
    {
        await Mirror.UntilAsync(cluster, "fenced, application stopped", Patience, side => side is { Role: "Fenced", Application: "Stopped" }, ct);
        await Eventually.TrueAsync($"PostgreSQL to be stopped on {cluster.Name}", Patience, async token =>
            await PostgresWorkload.RunsAsync(cluster, token) ? "it still runs" : null, ct);
    }

    /// <summary>Waits until both sides are established, the given one primary.</summary>
    public Task<TimeSpan> UntilEstablishedAsync(LabCluster primary, CancellationToken ct) => Mirror.UntilEstablishedAsync(primary, Patience, ct);

    /// <summary>Waits until a group snapshot was committed on the secondary that was taken after a moment.</summary>
    public Task<TimeSpan> UntilSyncedAsync(DateTimeOffset after, CancellationToken ct) => Eventually.TrueAsync(
        "a group snapshot to be committed next door", Patience, async token =>
        {
            foreach (var cluster in lab.Clusters)
            {
                if (await Mirror.SideAsync(cluster, token) is { Role: "Secondary" } side && side.Snapshots.Count > 0 && side.Snapshots[^1].TakenAt > after) return null;
            }

            return "the newest is older";
        }, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await watch.DisposeAsync();
    }
}

/// <summary>What a step came to.</summary>
/// <param name="Took">How long the act took.</param>
/// <param name="Served">From the begin of the act to the first row that the serving cluster acknowledged.</param>
/// <param name="Downtime">The longest time around the act without an acknowledged row.</param>
/// <param name="Bytes">Bytes that travelled for the group snapshots committed during it.</param>
/// <param name="Verdict">What the check of the database found.</param>
public sealed record ShopStep(TimeSpan Took, TimeSpan Served, TimeSpan Downtime, long Bytes, PostgresVerdict Verdict);
