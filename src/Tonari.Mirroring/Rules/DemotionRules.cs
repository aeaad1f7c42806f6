namespace Tonari.Mirroring.Rules;

/// <summary>From fenced to secondary: stop, keep the live data as a snapshot, follow the new primary.</summary>
internal static class DemotionRules
{
    /// <summary>A demotion that begins now.</summary>
    /// <param name="s">The situation, the hold of an agreed promotion still in it.</param>
    /// <param name="agreed">
    /// The peer's promotion is the one that this side held its application for: it started from this side's last snapshot. One that was not agreed on
    /// may have started from an older one, also where the peer holds the last: then nothing keeps what lies between.
    /// </param>
    public static MirrorDemotion Begin(Situation s, bool agreed) =>
        new(SnapshotNames.Diverged(s.Policy.MirrorId, s.Status.Epoch, s.Now), s.Now) { Covered = agreed && IsCovered(s) };

    /// <summary>
    /// Whether the peer holds everything that was written here: it has our newest group snapshot, and that was taken after the application had
    /// stopped. Only one of this side's own epoch counts: an older one was taken by the other side's clock, with which ours must not be compared.
    /// Anything else counts as diverged.
    /// </summary>
    private static bool IsCovered(Situation s) =>
        s.Peer is { } peer
        && s.Status is { Application: ApplicationRun.Stopped, ApplicationSince: { } since, Snapshots: [.., var newest] }
        && SnapshotNames.TryParse(newest.Name, out var epoch, out _) && epoch == s.Status.Epoch
        && newest.TakenAt > since && peer.Snapshots.Contains(newest.Name);

    /// <summary>
    /// What this side keeps once it takes over from a group snapshot without the peer. The history that covered a set of data may be abandoned with it:
    /// what is not surely in the snapshot counts as diverged from now on.
    /// </summary>
    public static IReadOnlyList<DivergedData> KeptWhenFailingOver(MirrorStatus status, string snapshot) =>
        status.Diverged.Any(kept => kept.Covered)
            ? [.. status.Diverged.Select(kept => kept.Covered && !IsLater(snapshot, kept.Epoch) ? kept with { Covered = false } : kept)]
            : status.Diverged;

    /// <summary>A snapshot of a later epoch descends from the planned promotion that covered the data.</summary>
    private static bool IsLater(string snapshot, long epoch) => SnapshotNames.TryParse(snapshot, out var of, out _) && of > epoch;

    public static Decision? Continue(Situation s) =>
        s.Status is { Role: MirrorRole.Fenced, Demotion: { } demotion }
            ? EnsureStopped(s, runHooks: false) ?? Situation.Do(new SetLiveAside(demotion.SetAsideAs))
            : null;

    /// <summary>Null once the application is stopped here. That it is being stopped is written down before the first workload is touched.</summary>
    public static Decision? EnsureStopped(Situation s, bool runHooks) => s.Status.Application switch
    {
        ApplicationRun.Stopped => null,
        ApplicationRun.Stopping => Situation.Do(new StopApplication(runHooks)),
        _ => Situation.Write(s.Status with { Application = ApplicationRun.Stopping, ApplicationSince = s.Now }),
    };

    /// <summary>The status once the live data has been set aside.</summary>
    public static MirrorStatus Demoted(Situation s, string keptAs)
    {
        var status = s.Status with
        {
            Role = MirrorRole.Secondary,
            Epoch = s.Status.HighestEpochSeen,
            LastSequence = s.Peer is { HasMirror: true } peer && peer.Epoch == s.Status.HighestEpochSeen ? EpochRules.HighestSequence(peer) : 0,
            Demotion = null,
            UnfinishedFrom = null,
            HandoverOperation = null,
            LastSyncStartedAt = null,
            Diverged = [.. s.Status.Diverged.Where(kept => kept.Name != keptAs), new DivergedData(keptAs, s.Status.Epoch, s.Now) { Covered = s.Status.Demotion is { Covered: true } }],
        };
        return status.Operation is { Stage: MirrorOperationStage.SettingAside }
            ? (s with { Status = status }).AtStage(MirrorOperationStage.CatchingUp)
            : status;
    }
}
