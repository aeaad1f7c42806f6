using System.Collections.Concurrent;
using System.Net.Sockets;
using Npgsql;

namespace Tonari.Lab.Rows;

/// <summary>
/// The writer: commits numbered rows, one transaction each, and remembers a row as acknowledged only when the server has said so. When the
/// server it uses fails it, it tries the two clusters in turn, as an application's clients would.
/// </summary>
public sealed class Ledger : IAsyncDisposable
{
    // A row every few milliseconds shows gaps well and leaves the machine to the application.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private readonly IReadOnlyList<Server> servers;
    private readonly TimeProvider clock;
    private readonly ConcurrentQueue<LedgerEntry> entries = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task work;
    private long next = 1;
    private volatile string current = "";

    /// <summary>Begins to write.</summary>
    /// <param name="servers">The clusters' servers, the first one tried first.</param>
    /// <param name="clock">The clock; the clusters of the lab have the same.</param>
    public Ledger(IReadOnlyList<Server> servers, TimeProvider clock)
    {
        this.servers = servers;
        this.clock = clock;
        work = Task.Run(() => WriteAsync(stop.Token));
    }

    /// <summary>What to run on a database before its first row.</summary>
    public const string Schema = "create table if not exists ledger (n bigint primary key, side text not null, written timestamptz not null default now())";

    /// <summary>Every row tried so far, by number.</summary>
    public IReadOnlyList<LedgerEntry> Entries => [.. entries];

    /// <summary>The number of the next row.</summary>
    public long Next => Interlocked.Read(ref next);

    /// <summary>The cluster it is connected to; empty while it finds none.</summary>
    public string Current => current;

    /// <summary>How many rows were acknowledged.</summary>
    public int Acknowledged => entries.Count(e => e.AcknowledgedAt is not null);

    /// <summary>When a row was last acknowledged by a side, no earlier than a moment; null if none was.</summary>
    public DateTimeOffset? FirstAcknowledged(string side, DateTimeOffset since) =>
        entries.FirstOrDefault(e => e.Side == side && e.AcknowledgedAt >= since)?.AcknowledgedAt;

    /// <summary>The number of the last row that was sent by a moment; 0 if none was.</summary>
    public long LastSentBy(DateTimeOffset moment) => entries.LastOrDefault(e => e.SentAt <= moment)?.Number ?? 0;

    /// <summary>The longest time without an acknowledged row around a span: the application's downtime as its client saw it.</summary>
    /// <param name="from">Begin of the span.</param>
    /// <param name="to">End of the span.</param>
    public TimeSpan LongestGap(DateTimeOffset from, DateTimeOffset to)
    {
        DateTimeOffset? before = null;
        var longest = TimeSpan.Zero;
        foreach (var at in entries.Select(e => e.AcknowledgedAt).OfType<DateTimeOffset>())
        {
            if (before is { } last && at >= from && last <= to && at - last > longest) longest = at - last;
            before = at;
        }

        // Nothing since: the gap is still open.
        if (before is { } end && end < to && to - end > longest) longest = to - end;
        return longest;
    }

    /// <summary>The rows of a database.</summary>
    public static async Task<IReadOnlySet<long>> RowsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select n from ledger", connection) { CommandTimeout = 60 };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new HashSet<long>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(reader.GetInt64(0));
        }

        return rows;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // This is how it ends.
        }

        stop.Dispose();
    }

    private async Task WriteAsync(CancellationToken ct)
    {
        for (var turn = 0; ; turn++)
        {
            var server = servers[turn % servers.Count];
            try
            {
                if (await server.FindAsync(ct) is { } connectionString)
                {
                    await using var connection = new NpgsqlConnection(connectionString);
                    await connection.OpenAsync(ct);
                    await WriteToAsync(connection, server.Side, ct);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException or HttpRequestException)
            {
                // The server is not there, or no longer: its rows are noted as they are, and the other one is next.
                current = "";
            }

            await Task.Delay(RetryPause, clock, ct);
        }
    }

    private async Task WriteToAsync(NpgsqlConnection connection, string side, CancellationToken ct)
    {
        await using var insert = new NpgsqlCommand("insert into ledger (n, side) values ($1, $2)", connection);
        var number = new NpgsqlParameter<long>();
        insert.Parameters.Add(number);
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = side });
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            number.TypedValue = Interlocked.Increment(ref next) - 1;
            var sent = clock.GetUtcNow();
            DateTimeOffset? acknowledged = null;
            try
            {
                // Not cancelled in its middle, so that the last row's fate is known too; the connection's time-out bounds it.
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                acknowledged = clock.GetUtcNow();
                current = side;
            }
            finally
            {
                entries.Enqueue(new LedgerEntry(number.TypedValue, side, sent, acknowledged));
            }

            await Task.Delay(Pause, clock, ct);
        }
    }
}

/// <summary>A server that the writer may use.</summary>
/// <param name="Side">The cluster it is on.</param>
/// <param name="FindAsync">Its connection string; null while it offers none.</param>
public sealed record Server(string Side, Func<CancellationToken, Task<string?>> FindAsync);
