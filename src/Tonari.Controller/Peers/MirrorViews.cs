using Google.Protobuf.WellKnownTypes;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Peers;

/// <summary>Between one side's durable facts and what travels of them.</summary>
internal static class MirrorViews
{
    /// <summary>What the peer is told of this side.</summary>
    public static MirrorView Of(string mirrorId, bool paused, MirrorStatus status, string state, IReadOnlyList<MirrorTransfer> transfers, MirrorVerificationProgress? verifying = null)
    {
        var view = new MirrorView
        {
            MirrorId = mirrorId,
            Role = status.Role.ToString(),
            Epoch = status.Epoch,
            Application = status.Application.ToString(),
            ApplicationSince = status.ApplicationSince?.ToTimestamp(),
            HoldOperation = status.Hold?.OperationId ?? "",
            HandoverOperation = status.HandoverOperation ?? "",
            Paused = paused,
            OperationId = status.Operation?.Request.Id ?? "",
            OperationStage = status.Operation?.Stage.ToString() ?? "",
            State = state,
            Pull = PullOf(status.Sync, transfers),
        };
        TellOfProof(view, status, verifying);
        view.Snapshots.AddRange(status.Snapshots.Select(s => s.Name));
        if (status.History.LastOrDefault(IsRequest) is { } finished)
        {
            view.FinishedOperationId = finished.Id;
            view.FinishedOperationSucceeded = finished.Succeeded;
            view.FinishedOperationMessage = finished.Message;
            view.FinishedOperationDowntimeMs = finished.DowntimeMs ?? 0;
        }
        return view;
    }

    /// <summary>
    /// What is known of the peer after it has sent <paramref name="view"/>; null with the reason when the view cannot be one of this mirror:
    /// a role that is not understood must never be taken for another one.
    /// </summary>
    public static PeerView? Read(MirrorView view, out string? problem)
    {
        problem = null;
        if (!Word<MirrorRole>(view.Role, out var role))
            problem = $"its role is '{PeerText.OneLine(view.Role, PeerLimits.LongestWord)}', which this version does not know";
        else if (!Word<ApplicationRun>(view.Application, out var application))
            problem = $"its application is '{PeerText.OneLine(view.Application, PeerLimits.LongestWord)}', which this version does not know";
        else if (view.Epoch is < 0 or > PeerLimits.HighestEpoch)
            problem = $"its epoch is {view.Epoch}";
        else if (StrangeWord(view) is { } strange)
            problem = $"its {strange} is no word of at most {PeerLimits.LongestWord} characters";
        else if (view.Snapshots.Count > PeerLimits.MostSnapshotsInView)
            problem = $"it names {view.Snapshots.Count} snapshots";
        else if (view.Snapshots.FirstOrDefault(s => !IsGroupOf(view.MirrorId, s)) is { } stray)
            problem = $"it names the snapshot '{PeerText.OneLine(stray, PeerLimits.LongestWord)}', which does not belong to the mirror";
        else
            return new PeerView
            {
                HasMirror = true,
                Role = role,
                Epoch = view.Epoch,
                Snapshots = [.. view.Snapshots],
                Application = application,
                ApplicationSince = PeerText.Time(view.ApplicationSince),
                HoldOperation = OrNull(view.HoldOperation),
                HandoverOperation = OrNull(view.HandoverOperation),
                Paused = view.Paused,
                OperationId = OrNull(view.OperationId),
                OperationStage = OrNull(view.OperationStage),
                Finished = view.FinishedOperationId.Length == 0
                    ? null
                    : new FinishedOperation(
                        view.FinishedOperationId, view.FinishedOperationSucceeded, PeerText.OneLine(view.FinishedOperationMessage),
                        view.FinishedOperationDowntimeMs > 0 ? view.FinishedOperationDowntimeMs : null),
                Pull = ReadPull(view),
                Verification = ReadVerification(view),
                Proven = ReadProof(view),
                Damage = view.Damage is { Message.Length: > 0 } damage ? new PeerDamage(damage.SourceIsWrong, PeerText.OneLine(damage.Message)) : null,
            };
        return null;
    }

    /// <summary>Whether the name is one of the mirror's own group snapshots, written as this program writes it.</summary>
    public static bool IsGroupOf(string mirrorId, string name) =>
        name.Length <= LongestGroupName && SnapshotNames.TryParse(name, out var epoch, out var sequence) && name == SnapshotNames.Group(mirrorId, epoch, sequence);

    /// <summary>Prefix, id and two numbers of at most 19 digits.</summary>
    private const int LongestGroupName = 64;

    /// <summary>The one of the view's words that is none; all of them may be empty.</summary>
    private static string? StrangeWord(MirrorView view)
    {
        foreach (var (name, word) in (ReadOnlySpan<(string, string)>)[
            ("hold", view.HoldOperation), ("handover", view.HandoverOperation), ("operation", view.OperationId), ("stage", view.OperationStage),
            ("last operation", view.FinishedOperationId)])
        {
            if (word.Length > 0 && !PeerText.IsWord(word))
                return name;
        }
        return null;
    }

    /// <summary>Two views that say the same, apart from reachability. Records compare lists by reference, hence this.</summary>
    public static bool SaysTheSame(PeerView a, PeerView b) =>
        a with { Snapshots = [], Pull = null, Reachable = false } == b with { Snapshots = [], Pull = null, Reachable = false }
        && a.Snapshots.SequenceEqual(b.Snapshots) && PeerPull.SaysTheSame(a.Pull, b.Pull);

    private static RunningPull? PullOf(MirrorSync? sync, IReadOnlyList<MirrorTransfer> transfers)
    {
        if (sync is null || transfers.Count == 0)
            return null;
        var pull = new RunningPull { Name = sync.Name, Base = sync.Base ?? "", StartedAt = sync.StartedAt.ToTimestamp() };
        pull.Volumes.AddRange(transfers.Take(PeerLimits.MostVolumesInView)
            .Select(t => new PulledVolume { Key = t.Key, BytesDone = t.BytesDone, BytesToDo = t.BytesToDo, WireBytes = t.WireBytes }));
        return pull;
    }

    /// <summary>Only shown, so what makes no sense is left out instead of refusing the view that it came with.</summary>
    private static PeerPull? ReadPull(MirrorView view)
    {
        if (view.Pull is not { } pull || PeerText.Time(pull.StartedAt) is not { } startedAt || !IsGroupOf(view.MirrorId, pull.Name) || (pull.Base.Length > 0 && !IsGroupOf(view.MirrorId, pull.Base))
            || pull.Volumes.Count > PeerLimits.MostVolumesInView || pull.Volumes.Any(v => v.Key.Length is 0 or > PeerLimits.LongestVolumeKey
                || v.BytesDone < 0 || v.BytesToDo < 0 || v.WireBytes < 0))
            return null;
        return new PeerPull(
            pull.Name, OrNull(pull.Base), startedAt,
            [.. pull.Volumes.Select(v => new PeerVolumePull(PeerText.OneLine(v.Key), v.BytesDone, v.BytesToDo, v.WireBytes))]);
    }

    private static void TellOfProof(MirrorView view, MirrorStatus status, MirrorVerificationProgress? verifying)
    {
        if (status.Role != MirrorRole.Secondary)
            return;
        if (status.Verification is { } running)
            view.Verification = new RunningVerification { Snapshot = running.Snapshot, BytesRead = verifying?.BytesRead ?? 0, BytesToRead = verifying?.BytesToRead ?? 0 };
        if (status.Proven is { } proof)
        {
            view.Proven = new Proof
            {
                Snapshot = proof.Snapshot,
                ProvenAt = proof.ProvenAt.ToTimestamp(),
                BytesCompared = proof.BytesCompared,
                HealedRegions = proof.HealedRegions,
                DurationMs = proof.DurationMs,
            };
        }
    }

    /// <summary>What makes no sense is left out: the worst that follows is that the comparison has to begin anew.</summary>
    private static PeerVerification? ReadVerification(MirrorView view) =>
        view.Verification is { BytesRead: >= 0, BytesToRead: >= 0 } running && IsGroupOf(view.MirrorId, running.Snapshot)
            ? new PeerVerification(running.Snapshot, running.BytesRead, running.BytesToRead)
            : null;

    private static MirrorProof? ReadProof(MirrorView view) =>
        view.Proven is { BytesCompared: >= 0, HealedRegions: >= 0, DurationMs: >= 0 } proof && PeerText.Time(proof.ProvenAt) is { } at && IsGroupOf(view.MirrorId, proof.Snapshot)
            ? new MirrorProof(proof.Snapshot, at, proof.BytesCompared, proof.HealedRegions) { DurationMs = proof.DurationMs }
            : null;

    /// <summary>Scheduled syncs are in the history too, under their snapshot's name; the peer asks only about requests.</summary>
    private static bool IsRequest(MirrorOperationRecord record) => !SnapshotNames.TryParse(record.Id, out _, out _);

    private static bool Word<T>(string text, out T value) where T : struct, System.Enum =>
        System.Enum.TryParse(text, out value) && System.Enum.IsDefined(value) && string.Equals(value.ToString(), text, StringComparison.Ordinal);

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
