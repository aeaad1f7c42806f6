using Tonari.Lab;

namespace Tonari.Faults.Rows;

/// <summary>What a relationship must be before an operation.</summary>
internal enum Before
{
    /// <summary>There is none.</summary>
    Nothing,

    /// <summary>Established, all quiet.</summary>
    Established,

    /// <summary>The other side has taken over, the old primary is fenced.</summary>
    FailedOver,
}

/// <summary>What a relationship must be after an operation.</summary>
internal enum After
{
    /// <summary>Established; whoever is primary, for a planned swap may be given up.</summary>
    Established,

    /// <summary>As <see cref="Before.FailedOver"/>.</summary>
    FailedOver,

    /// <summary>Gone on both sides.</summary>
    Gone,
}

/// <summary>An operation of the matrix.</summary>
/// <param name="Name">As the table says it.</param>
/// <param name="Before">What it starts from.</param>
/// <param name="After">What it must come to.</param>
/// <param name="Steps">Its steps in order: stages of an operation, parts of its promotion, or stages of a sync.</param>
/// <param name="Actor">Which side carries it out and shows its steps: where the application runs when it is asked for, or the other.</param>
/// <param name="Command">The command line's words, given where the application runs and the other side.</param>
/// <param name="Moves">A large difference is written before, so that there is something to strike in.</param>
internal sealed record Operation(
    string Name, Before Before, After After, IReadOnlyList<string> Steps, Side Actor, Func<LabCluster, LabCluster, IReadOnlyList<string>> Command, bool Moves = false);

/// <summary>All operations.</summary>
internal static class Operations
{
    private const string Name = Lab.Postgres.PostgresWorkload.Name;
    private static readonly string[] Promotion = ["MakingLive", "Applying", "AwaitingReady", "Hooks"];
    private static readonly string[] Swap = ["CatchingUp", "Holding", "FinalSync", .. Promotion];
    private static readonly string[] Syncing = ["Requesting", "Pulling", "Committing"];

    public static IReadOnlyList<Operation> All { get; } =
    [
        new("initial transfer", Before.Nothing, After.Established, Syncing, Side.Destination, (_, other) =>
            ["mirror", "configure", Name, "--to", other.Name, "--schedule", "10s", "-n", Name], Moves: true),
        new("sync", Before.Established, After.Established, Syncing, Side.Destination, (_, _) => ["mirror", "sync", Name, "-n", Name], Moves: true),
        new("fail over", Before.Established, After.FailedOver, Promotion, Side.Destination, (_, _) => ["mirror", "failover", Name, "-n", Name, "--yes"]),
        new("reverse", Before.Established, After.Established, Swap, Side.Destination, (_, _) => ["mirror", "reverse", Name, "-n", Name]),
        new("resync, keep the new", Before.FailedOver, After.Established, ["SettingAside", "CatchingUp"], Side.Destination, (serving, _) =>
            ["mirror", "resync", Name, "--keep", serving.Name, "-n", Name, "--yes"]),
        new("resync, keep the old", Before.FailedOver, After.Established, ["Holding", "Starting", "AwaitingReady"], Side.Destination, (_, other) =>
            ["mirror", "resync", Name, "--keep", other.Name, "-n", Name, "--yes"]),
        new("fail back", Before.FailedOver, After.Established, ["SettingAside", .. Swap], Side.Destination, (_, _) =>
            ["mirror", "failback", Name, "-n", Name, "--yes"]),
        new("delete", Before.Established, After.Gone, ["Deleting"], Side.Destination, (_, _) => ["mirror", "delete", Name, "-n", Name, "--yes"]),
    ];

    public static Operation Of(string name) => All.Single(operation => operation.Name == name);
}
