using System.Globalization;
using System.Text.Json.Nodes;

namespace Tonari.Lab.Mirrors;

/// <summary>A group snapshot as a mirror's status tells it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TakenAt">The point in time.</param>
/// <param name="CommittedAt">When it was complete on this side.</param>
/// <param name="FrozenMs">How long file systems stood still for it.</param>
/// <param name="WireBytes">Bytes that travelled for it.</param>
public sealed record SnapshotView(string Name, DateTimeOffset TakenAt, DateTimeOffset CommittedAt, long FrozenMs, long WireBytes);

/// <summary>A finished operation as a mirror's status tells it.</summary>
public sealed record OperationView(
    string Id, string Type, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, bool Succeeded, string Message, long? DowntimeMs, long? WireBytes)
{
    /// <summary>The group snapshot concerned.</summary>
    public string? Snapshot { get; init; }
}

/// <summary>One side of a mirror, read as kubectl would show it.</summary>
/// <param name="json">The AppMirror object.</param>
public sealed class MirrorView(JsonObject json)
{
    private readonly JsonObject? status = json["status"]?.AsObject();

    /// <summary>The id both sides share.</summary>
    public string? MirrorId => (string?)json["spec"]?["mirrorId"];

    /// <summary>Primary, Secondary, Fenced or Unassigned.</summary>
    public string? Role => (string?)status?["role"];

    /// <summary>State in one word.</summary>
    public string? State => (string?)status?["state"];

    /// <summary>Health in one word.</summary>
    public string? Health => (string?)status?["health"];

    /// <summary>Why it is as well as it is, in one word.</summary>
    public string? Cause => (string?)status?["cause"];

    /// <summary>The group snapshot that was last proven equal on both sides, as the secondary knows it.</summary>
    public string? Proven => (string?)status?["proven"]?["snapshot"];

    /// <summary>Regions that differed at the last proof and were fetched again.</summary>
    public long HealedRegions => (long?)status?["proven"]?["healedRegions"] ?? 0;

    /// <summary>State and health in words.</summary>
    public string? Message => (string?)status?["message"];

    /// <summary>The epoch.</summary>
    public long Epoch => (long?)status?["epoch"] ?? 0;

    /// <summary>Whether the application runs there: Running, Stopped, ...</summary>
    public string? Application => (string?)status?["application"];

    /// <summary>Id of the running operation.</summary>
    public string? Operation => (string?)status?["operation"]?["request"]?["id"];

    /// <summary>Stage of the running operation.</summary>
    public string? OperationStage => (string?)status?["operation"]?["stage"];

    /// <summary>Stage of the promotion under way.</summary>
    public string? PromotionStage => (string?)status?["promotion"]?["stage"];

    /// <summary>The object is being deleted.</summary>
    public bool Deleting => json["metadata"]?["deletionTimestamp"] is not null;

    /// <summary>The group snapshot that the running sync will commit.</summary>
    public string? SyncName => (string?)status?["sync"]?["name"];

    /// <summary>Why steps failed that are tried again.</summary>
    public IReadOnlyList<string> Retries => [.. Items("retries").Select(r => (string?)r["message"] ?? "")];

    /// <summary>Snapshots that are being deleted.</summary>
    public IReadOnlyList<string> Leaving => [.. (status?["leaving"]?.AsArray() ?? []).Select(name => (string)name!)];

    /// <summary>Every snapshot of data that was set aside.</summary>
    public IReadOnlyList<string> SetAside => [.. Items("diverged").Select(d => (string?)d["name"] ?? "")];

    /// <summary>Stage of the running sync.</summary>
    public string? SyncStage => (string?)status?["sync"]?["stage"];

    /// <summary>What stands in the way.</summary>
    public IReadOnlyList<string> Problems => [.. Items("problems").Select(p => (string?)p["message"] ?? "")];

    /// <summary>Engine ids of its volumes.</summary>
    public IReadOnlyList<string> VolumeIds => [.. Items("volumes").Select(v => (string?)v["volumeId"] ?? "")];

    /// <summary>Snapshots of data that was set aside and that the new primary lacks.</summary>
    public IReadOnlyList<string> Diverged => [.. Items("diverged").Where(d => (bool?)d["covered"] != true).Select(d => (string?)d["name"] ?? "")];

    /// <summary>Complete group snapshots, oldest first.</summary>
    public IReadOnlyList<SnapshotView> Snapshots => [.. Items("snapshots").Select(s => new SnapshotView(
        (string)s["name"]!, Time(s["takenAt"])!.Value, Time(s["committedAt"])!.Value, (long?)s["frozenMs"] ?? 0, (long?)s["wireBytes"] ?? 0))];

    /// <summary>Finished operations and syncs, oldest first.</summary>
    public IReadOnlyList<OperationView> History => [.. Items("history").Select(h => new OperationView(
        (string)h["id"]!, (string)h["type"]!, Time(h["startedAt"])!.Value, Time(h["finishedAt"])!.Value, (bool)h["succeeded"]!,
        (string?)h["message"] ?? "", (long?)h["downtimeMs"], (long?)h["wireBytes"])
    {
        Snapshot = (string?)h["snapshot"],
    })];

    /// <summary>Bytes done and bytes to do of the running transfers, all volumes together.</summary>
    public (long Done, long ToDo) Transfer
    {
        get
        {
            var transfers = Items("transfers").ToList();
            return (transfers.Sum(t => (long?)t["bytesDone"] ?? 0), transfers.Sum(t => (long?)t["bytesToDo"] ?? 0));
        }
    }

    /// <summary>In one line.</summary>
    public override string ToString() =>
        $"{Role} {State}/{Health} epoch {Epoch} application {Application} operation {Operation ?? "-"} {OperationStage} sync {SyncStage ?? "-"}: {Message}";

    private IEnumerable<JsonObject> Items(string name) => status?[name]?.AsArray().Select(item => item!.AsObject()) ?? [];

    private static DateTimeOffset? Time(JsonNode? node) =>
        node is null ? null : DateTimeOffset.Parse((string)node!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
