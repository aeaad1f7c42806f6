using System.Globalization;
using Npgsql;
using Tonari.Lab.Rows;
using Tonari.Lab.Running;

namespace Tonari.Lab.Postgres;

/// <summary>The lab's application: PostgreSQL 15 with data and write-ahead log on two volumes, data checksums on.</summary>
public static class PostgresWorkload
{
    /// <summary>Its namespace, and the name of its Application.</summary>
    public const string Name = "shop";

    /// <summary>Its pod.</summary>
    public const string Pod = "postgres-0";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How a client reaches it on a cluster: over the port that the cluster gave its Service; null where there is none. Short time-outs: the
    /// writer would rather try elsewhere.
    /// </summary>
    public static async Task<string?> FindAsync(LabCluster cluster, CancellationToken ct)
    {
        var service = await cluster.GetAsync($"/api/v1/namespaces/{Name}/services/postgres", ct);
        return (int?)service?["spec"]?["ports"]?[0]?["nodePort"] is { } port
            ? new NpgsqlConnectionStringBuilder
            {
                Host = cluster.NodeAddress,
                Port = port,
                Username = "postgres",
                Password = "next-door",
                Database = "postgres",
                Timeout = 1,
                CommandTimeout = 2,
                CancellationTimeout = -1,
                Pooling = false,
                SslMode = SslMode.Disable,
            }.ConnectionString
            : null;
    }

    /// <summary>The servers of both clusters for the writer, the given one first.</summary>
    public static IReadOnlyList<Server> Servers(params IReadOnlyList<LabCluster> clusters) =>
        [.. clusters.Select(cluster => new Server(cluster.Name, ct => FindAsync(cluster, ct)))];

    /// <summary>Puts the application on a cluster and fills it.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="scale">pgbench's scale factor: about 15 MB each.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="small">Whether its volumes are as small as they can be: whole images are compared in no time.</param>
    public static async Task DeployAsync(LabCluster cluster, int scale, CancellationToken ct, bool small = false)
    {
        var manifest = LabPaths.Manifest("postgres/shop.yaml");
        if (small) manifest = Smaller(manifest, ("storage: 2Gi", "storage: 384Mi"), ("storage: 1Gi", "storage: 256Mi"), ("384MB", "96MB"), ("128MB", "32MB"));
        await cluster.ApplyAsync(manifest, ct);
        await UntilReadyAsync(cluster, ct);
        await ExecuteAsync(cluster, Ledger.Schema, ct);
        await ExecuteAsync(cluster, "create table if not exists moves (at timestamptz not null default now())", ct);
        await cluster.ExecAsync(Name, Pod, ct, "pgbench", "--initialize", "--quiet", "--scale", scale.ToString(CultureInfo.InvariantCulture), "postgres");
    }

    /// <summary>Tells Tonari about it: the Application and its hooks.</summary>
    public static Task DescribeAsync(LabCluster cluster, CancellationToken ct) => cluster.ApplyAsync(LabPaths.Manifest("postgres/tonari.yaml"), ct);

    /// <summary>Waits until it is ready on a cluster.</summary>
    public static async Task UntilReadyAsync(LabCluster cluster, CancellationToken ct) =>
        await cluster.RolledOutAsync(Name, "statefulset/postgres", StartLimit, ct);

    /// <summary>Whether a container of it runs on a cluster. The pod's own phase says Running until its object goes, a minute after its containers.</summary>
    public static async Task<bool> RunsAsync(LabCluster cluster, CancellationToken ct) =>
        (await cluster.ListAsync($"/api/v1/namespaces/{Name}/pods?labelSelector=app%3Dpostgres", ct))
            .Any(pod => pod["status"]?["containerStatuses"]?.AsArray().Any(container => container!["state"]?["running"] is not null) == true);

    /// <summary>Runs a statement.</summary>
    public static async Task ExecuteAsync(LabCluster cluster, string sql, CancellationToken ct)
    {
        await using var connection = await OpenAsync(cluster, ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static string Smaller(string manifest, params ReadOnlySpan<(string From, string To)> changes)
    {
        foreach (var (from, to) in changes)
        {
            if (!manifest.Contains(from, StringComparison.Ordinal)) throw new InvalidOperationException($"The manifest of the shop no longer says '{from}'.");
            manifest = manifest.Replace(from, to, StringComparison.Ordinal);
        }

        return manifest;
    }

    private static async Task<NpgsqlConnection> OpenAsync(LabCluster cluster, CancellationToken ct)
    {
        NpgsqlConnection? connection = null;
        await Eventually.TrueAsync($"PostgreSQL on {cluster.Name} to answer", StartLimit, async token =>
        {
            if (await FindAsync(cluster, token) is not { } connectionString) return "its Service has no NodePort";
            connection = new NpgsqlConnection(connectionString);
            try
            {
                await connection.OpenAsync(token);
                return null;
            }
            catch (NpgsqlException e)
            {
                await connection.DisposeAsync();
                return e.Message;
            }
        }, ct);
        return connection!;
    }

    /// <summary>How often the application noted that it was moved.</summary>
    public static async Task<long> MovesAsync(LabCluster cluster, CancellationToken ct)
    {
        await using var connection = await OpenAsync(cluster, ct);
        await using var command = new NpgsqlCommand("select count(*) from moves", connection);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Looks at everything that could be wrong with it on a cluster: rows, log, indexes and tables.</summary>
    public static async Task<PostgresVerdict> VerifyAsync(LabCluster cluster, Ledger ledger, Lineage lineage, CancellationToken ct, bool writesRefused = false)
    {
        await UntilReadyAsync(cluster, ct);
        // The ledger first: every row it holds by now was sent before the database is read.
        var entries = ledger.Entries;
        var known = entries.Count == 0 ? 0 : entries[^1].Number;
        await using var connection = await OpenAsync(cluster, ct);
        var present = await Ledger.RowsAsync(connection, ct);
        var rows = lineage.Judge(entries, present.Where(number => number <= known).ToHashSet());
        var troubles = PostgresLog.Troubles(await cluster.KubectlAsync(ct, "-n", Name, "logs", Pod), writesRefused);
        var check = await cluster.TryKubectlAsync(["-n", Name, "exec", Pod, "--", "pg_amcheck", "--all", "--install-missing"], null, ct);
        return new PostgresVerdict(rows, troubles, check.ExitCode == 0 ? "" : $"{check.Output}{check.Error}".Trim());
    }
}

/// <summary>What was found.</summary>
/// <param name="Rows">The rows against the ledger.</param>
/// <param name="LogTroubles">Lines of the server's log that a healthy one does not have.</param>
/// <param name="CheckOutput">What <c>pg_amcheck --all</c> complained about; empty when it passed.</param>
public sealed record PostgresVerdict(RowVerdict Rows, IReadOnlyList<string> LogTroubles, string CheckOutput)
{
    /// <summary>Nothing is wrong.</summary>
    public bool Good => Rows.Good && LogTroubles.Count == 0 && CheckOutput.Length == 0;

    /// <summary>In words.</summary>
    public override string ToString() =>
        $"{Rows}; log {(LogTroubles.Count == 0 ? "clean" : "TROUBLED: " + string.Join(" | ", LogTroubles.Take(5)))}; "
        + $"pg_amcheck {(CheckOutput.Length == 0 ? "passed" : "FAILED: " + CheckOutput)}";
}
