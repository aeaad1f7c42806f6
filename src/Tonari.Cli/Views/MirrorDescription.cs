using Tonari.Cli.Rendering;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Views;

/// <summary>Everything there is to know of one mirror.</summary>
internal static class MirrorDescription
{
    public static IReadOnlyList<Line> Render(MirrorFacts mirror, DateTimeOffset now)
    {
        var lines = new List<Line>(Head(mirror, now).ToLines());
        Section(lines, "Problems", mirror.Status.Problems.Select(p => new Line(new Span($"- {p.Message}", Tone.Bad), new Span($" ({p.Reason})", Tone.Muted))));
        Section(lines, "Failing", mirror.Status.Retries.Where(r => r.Failures > 0).Select(r => Failing(r, now)));
        Section(lines, "Operation", Operation(mirror, now));
        Section(lines, "Transfer", Transfer(mirror, now));
        Section(lines, "Volumes", Volumes(mirror.Status));
        Section(lines, "Group snapshots", Snapshots(mirror, now));
        Section(lines, "Data set aside", SetAside(mirror.Status, now));
        Section(lines, "History", History(mirror.Status, now));
        return lines;
    }

    private static Fields Head(MirrorFacts mirror, DateTimeOffset now)
    {
        var (spec, status) = (mirror.Spec, mirror.Status);
        var lag = mirror.Lag(now) is { } known ? Format.Age(known) : "no complete group snapshot yet";
        return new Fields()
            .Add("Name", mirror.Name)
            .Add("Namespace", mirror.Namespace)
            .Add("Mirror id", spec.MirrorId ?? "-")
            .Add("Application", spec.Application)
            .Add("State", new Line(new Span(mirror.State.ToString(), Tone.Strong), spec.Paused ? " (paused here)" : ""))
            .Add("Health", new Line(new Span(mirror.Health.ToString(), MirrorTable.ToneOf(mirror.Health)), new Span(": " + mirror.Reason)))
            .Add("Lag", $"{lag}, wanted at most {Format.Exact(spec.EffectiveWantedRpo)}")
            .Add("Schedule", $"every {Format.Exact(spec.Schedule.Value)}, {spec.Retain} group snapshots kept")
            .Add("Replica", Replica(mirror, now))
            .Add("This cluster", Side(mirror.LocalCluster, status.Role, status.Epoch, status.Application, status.ApplicationSince, now))
            .Add("Neighbour", Neighbour(mirror, now))
            .AddIf(
                status.HighestEpochSeen > status.Epoch,
                "Newer epoch",
                () => new Line(new Span($"{status.HighestEpochSeen}: {spec.Peer} has taken over", Tone.Bad)));
    }

    private static Line Replica(MirrorFacts mirror, DateTimeOffset now)
    {
        var schedule = (mirror.Spec.Verify ?? new MirrorVerifySpec()).Schedule.Value is var every && every > TimeSpan.Zero ? $"compared every {Format.Exact(every)}" : "compared only when asked for";
        if (mirror.Proven is not { } proof)
        {
            return $"not proven equal yet, {schedule}";
        }

        var healed = proof.HealedRegions > 0 ? $", {proof.HealedRegions} healed {(proof.HealedRegions == 1 ? "region" : "regions")}" : "";
        return $"proven equal {Format.Age(now - proof.ProvenAt)} ago ({proof.Snapshot}, {Format.Bytes(proof.BytesCompared)} read on each side{healed}), {schedule}";
    }

    private static Line Neighbour(MirrorFacts mirror, DateTimeOffset now)
    {
        if (mirror.Peer is not { } peer)
        {
            return $"{mirror.Spec.Peer}, nothing heard from it yet";
        }

        var side = peer.HasMirror
            ? Side(mirror.Spec.Peer, peer.Role, peer.Epoch, peer.Application, peer.ApplicationSince, now)
            : new Line($"{mirror.Spec.Peer}, has no half of this relationship");
        return new Line([.. side.Spans, peer.Reachable ? "" : new Span(", does not answer (last known)", Tone.Bad), peer.Paused ? ", paused there" : ""]);
    }

    private static Line Side(string cluster, MirrorRole role, long epoch, ApplicationRun run, DateTimeOffset? since, DateTimeOffset now)
    {
        var running = run == ApplicationRun.Unknown
            ? ""
            : $", application {run.ToString().ToLowerInvariant()}{(since is { } at ? $" for {Format.Age(now - at)}" : "")}";
        return new Line(new Span(cluster, Tone.Strong), $", {role.ToString().ToLowerInvariant()}, epoch {epoch}{running}");
    }

    private static Line Failing(MirrorRetry retry, DateTimeOffset now) => new(
        new Span($"- {retry.Step}, {retry.Failures} times, again in {Format.Age(retry.NextAt - now)}: {retry.Message}", Tone.Warning));

    private static IEnumerable<Line> Operation(MirrorFacts mirror, DateTimeOffset now)
    {
        var status = mirror.Status;
        if (status.Operation is not { } operation)
        {
            yield break;
        }

        yield return $"{Words.Of(operation.Request.Type)} ({operation.Request.Id}), for {Format.Age(now - operation.StartedAt)}";
        yield return $"{Words.Of(operation.Stage)}, for {Format.Age(now - operation.StageStartedAt)}";
        if (status.Promotion is { } promotion)
        {
            yield return $"{Words.Of(promotion.Stage)}, promoted {Format.Age(now - promotion.StartedAt)} ago";
        }

        if (operation.Message is { } message)
        {
            yield return message;
        }
    }

    private static IEnumerable<Line> Transfer(MirrorFacts mirror, DateTimeOffset now)
    {
        if (mirror.Status.Sync is not { } sync)
        {
            yield break;
        }

        var from = sync.Base is null ? "everything" : $"changes since {sync.Base}";
        yield return $"{sync.Name}: {Words.Of(sync.Stage)}, {from}, for {Format.Age(now - sync.StartedAt)}";
        var table = new Table("VOLUME", "DONE", "OF", "%");
        foreach (var t in mirror.Transfers)
        {
            table.Add(
                t.Key,
                Format.Bytes(t.BytesDone),
                t.BytesToDo > 0 ? Format.Bytes(t.BytesToDo) : "-",
                t.BytesToDo > 0 ? $"{Math.Clamp(100 * t.BytesDone / t.BytesToDo, 0, 100)}" : "-");
        }

        foreach (var line in table.IsEmpty ? [] : table.ToLines())
        {
            yield return line;
        }
    }

    private static IEnumerable<Line> Volumes(MirrorStatus status)
    {
        var table = new Table("VOLUME", "POOL", "SIZE", "CLASS", "ID");
        foreach (var v in status.Volumes)
        {
            table.Add(v.Key, v.Pool, Format.Bytes(v.SizeBytes), v.StorageClass ?? "-", v.VolumeId);
        }

        return table.IsEmpty ? [] : table.ToLines();
    }

    private static IEnumerable<Line> Snapshots(MirrorFacts mirror, DateTimeOffset now)
    {
        var table = new Table("NAME", "TAKEN", "AGE", "FROZEN", "RECEIVED", "");
        foreach (var s in mirror.Status.Snapshots.Reverse())
        {
            table.Add(
                s.Name,
                Format.Time(s.TakenAt),
                Format.Age(now - s.TakenAt),
                Format.Milliseconds(s.FrozenMs),
                s.WireBytes > 0 ? Format.Bytes(s.WireBytes) : "-",
                s.Name == mirror.Common ? new Span("common", Tone.Good) : "");
        }

        return table.IsEmpty ? [] : table.ToLines();
    }

    private static IEnumerable<Line> SetAside(MirrorStatus status, DateTimeOffset now)
    {
        var table = new Table("NAME", "EPOCH", "KEPT", "HOLDS");
        foreach (var d in status.Diverged)
        {
            table.Add(d.Name, $"{d.Epoch}", $"{Format.Age(now - d.KeptAt)} ago", d.Covered ? "nothing that the new primary lacks" : "writes that diverged");
        }

        return table.IsEmpty ? [] : table.ToLines();
    }

    private static IEnumerable<Line> History(MirrorStatus status, DateTimeOffset now)
    {
        var table = new Table("OPERATION", "ENDED", "TOOK", "DOWNTIME", "BYTES", "RESULT", "MESSAGE");
        foreach (var r in status.History.Reverse())
        {
            table.Add(
                Words.Of(r.Type),
                $"{Format.Age(now - r.FinishedAt)} ago",
                Format.Duration(r.FinishedAt - r.StartedAt),
                Format.Milliseconds(r.DowntimeMs),
                Format.Bytes(r.WireBytes),
                r.Succeeded ? new Span("done", Tone.Good) : new Span("failed", Tone.Bad),
                r.Message);
        }

        return table.IsEmpty ? [] : table.ToLines();
    }

    private static void Section(List<Line> lines, string heading, IEnumerable<Line> body)
    {
        var content = body.ToList();
        if (content.Count == 0)
        {
            return;
        }

        lines.Add(Line.Empty);
        lines.Add(new Line(new Span(heading + ":", Tone.Strong)));
        lines.AddRange(content.Select(line => line.Indent(2)));
    }
}
