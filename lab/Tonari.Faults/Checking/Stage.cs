using Tonari.Faults.Rows;
using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Postgres;
using Tonari.Lab.Rows;
using Tonari.Lab.Running;

namespace Tonari.Faults.Checking;

/// <summary>The one application and relationship that rows are played on, brought to where each row begins.</summary>
internal sealed class Stage(TwoClusters lab, Shop shop, LeftBehind leftBehind) : IAsyncDisposable
{
    private const string Name = PostgresWorkload.Name;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Rows written before an operation that is to move something, about 140 bytes each with the log: at 16 Mbit/s a few seconds.</summary>
    private const int BulkRows = 120_000;
    private (Lineage Lineage, long Next)? rehearsal;
    private LabCluster origin = lab.Blue;

    public TwoClusters Lab => lab;

    public Shop Shop => shop;

    public LabMirror Mirror => shop.Mirror;

    /// <summary>Where the application runs.</summary>
    public LabCluster Serving { get; private set; } = lab.Blue;

    /// <summary>Opens a new one on blue.</summary>
    public static async Task<Stage> OpenAsync(TwoClusters lab, CancellationToken ct)
    {
        await LabLink.ClearAsync(ct);
        await Cleaning.RemoveAsync(lab, Name, ct);
        var leftBehind = await LeftBehind.BeginAsync(lab, ct);
        return new Stage(lab, await Shop.OpenAsync(lab, 1, TimeProvider.System, ct, small: true), leftBehind);
    }

    /// <summary>Brings the relationship to where an operation begins.</summary>
    public async Task PrepareAsync(Operation operation, CancellationToken ct)
    {
        // Rows before have killed programs, and the kubelet waits longer after every crash: a row is about one.
        await Task.WhenAll(lab.Clusters.Select(cluster => Crash.FreshAsync(cluster, ct)));
        // A move is refused at once while the other side cannot be asked.
        await lab.UntilNeighboursAsync(Patience, ct);

        var side = await Mirror.SideAsync(Serving, ct);
        if (side is null && operation.Before != Before.Nothing)
        {
            await PlainlyAsync("initial transfer", ct);
            side = await Mirror.SideAsync(Serving, ct);
        }

        if (side is { State: "FailedOver" } && operation.Before != Before.FailedOver) await PlainlyAsync("resync, keep the new", ct);
        else if (side is not null && side.State != "FailedOver" && operation.Before == Before.FailedOver) await PlainlyAsync("fail over", ct);
        // Elsewhere a delete leaves what the user made himself, which would be in the way of the next relationship.
        if (side is not null && (operation.Before == Before.Nothing || operation.After == After.Gone) && Serving != origin) await PlainlyAsync("reverse", ct);
        if (side is not null && operation.Before == Before.Nothing) await PlainlyAsync("delete", ct);
    }

    /// <summary>What an operation, once it has settled, means for where the application runs and which rows it must hold.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="from">Where the application ran when it was asked for.</param>
    /// <param name="next">The number of the next row then.</param>
    /// <param name="ct">Ends it.</param>
    public async Task NoteAsync(Operation operation, LabCluster from, long next, CancellationToken ct)
    {
        var to = lab.Other(from);
        switch (operation.Name)
        {
            case "initial transfer":
                origin = from;
                break;
            case "fail over":
                await shop.LookAsync(ct);
                rehearsal = (shop.Lineage, next);
                shop.Lineage = (await shop.FailedOverAsync(to, next, ct)).Lineage;
                Serving = to;
                break;
            case "resync, keep the old":
                shop.Lineage = rehearsal!.Value.Lineage.Without(from.Name, rehearsal.Value.Next);
                Serving = to;
                break;
            case "reverse" or "fail back" when (await Mirror.ExpectedSideAsync(to, ct)).Role == "Primary":
                shop.Lineage = shop.Lineage.MovedTo(to.Name, next);
                Serving = to;
                break;
        }
    }

    /// <summary>Waits until an operation that began somewhere has come to what it must.</summary>
    public Task<TimeSpan> SettledAsync(Operation operation, TimeSpan limit, CancellationToken ct) =>
        Eventually.TrueAsync($"{operation.Name} to settle", limit, async token =>
        {
            var (blue, green) = (await Mirror.SideAsync(lab.Blue, token), await Mirror.SideAsync(lab.Green, token));
            return IsSettled(operation.After, blue, green) ? null : $"blue: {blue}; green: {green}";
        }, ct);

    /// <summary>What must hold once all is quiet: one side serves, every row is there, the replica is the source, nothing is left.</summary>
    public async Task<string?> WrongAsync(Operation operation, bool writesRefused, CancellationToken ct)
    {
        var verdict = await PostgresWorkload.VerifyAsync(Serving, shop.Ledger, shop.Lineage, ct, writesRefused);
        if (!verdict.Good) return verdict.ToString();
        if (await PostgresWorkload.RunsAsync(lab.Other(Serving), ct)) return $"the application runs on {lab.Other(Serving).Name} as well";
        if (operation.After == After.Gone) return null;
        var wrong = "";
        try
        {
            await Eventually.TrueAsync("both sides to be equal and tidy", TimeSpan.FromSeconds(40), async token =>
            {
                wrong = operation.After == After.Established ? await Replicas.DifferenceAsync(lab, Mirror, token) : null;
                if (wrong is null && await leftBehind.FindAsync(Mirror, token) is { Count: > 0 } left) wrong = string.Join("; ", left);
                return wrong;
            }, ct);
            return null;
        }
        catch (TimeoutException)
        {
            return wrong;
        }
    }

    /// <summary>Writes enough that a transfer can be met in its middle.</summary>
    public async Task WriteAsync(CancellationToken ct)
    {
        await PostgresWorkload.ExecuteAsync(Serving, "drop table if exists bulk", ct);
        await PostgresWorkload.ExecuteAsync(Serving, $"create table bulk as select n, md5(random()::text) || md5(random()::text) || md5(random()::text) as t from generate_series(1, {BulkRows}) n", ct);
    }

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    private async Task PlainlyAsync(string name, CancellationToken ct)
    {
        var operation = Operations.Of(name);
        var (from, next) = (Serving, shop.Ledger.Next);
        await lab.On(operation.Actor == Side.Source || operation.Before == Before.Nothing ? from : lab.Other(from)).RunAsync(ct, operation.Command(from, lab.Other(from)));
        await SettledAsync(operation, Patience, ct);
        await NoteAsync(operation, from, next, ct);
    }

    private static bool IsSettled(After wanted, MirrorView? blue, MirrorView? green) => wanted switch
    {
        After.Gone => blue is null && green is null,
        _ when blue is null || green is null => false,
        After.FailedOver => Is(blue, green, "FailedOver", "Fenced"),
        _ => Is(blue, green, "Established", "Secondary"),
    };

    private static bool Is(MirrorView blue, MirrorView green, string state, string otherRole)
    {
        if (blue.Operation is not null || green.Operation is not null) return false;
        var (primary, other) = blue.Role == "Primary" ? (blue, green) : (green, blue);
        return primary is { Role: "Primary", Application: "Running" } && primary.State == state && other.Role == otherRole
            && (otherRole == "Secondary" ? other.State == state && other.SyncStage is null : other.Application == "Stopped");
    }
}
