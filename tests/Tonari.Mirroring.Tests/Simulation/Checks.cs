namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>An invariant of the protocol did not hold.</summary>
internal sealed class InvariantViolatedException(string message) : Exception(message);

/// <summary>The promises of the protocol, checked when something happens that could break them, and after every event.</summary>
internal sealed class Checks(World world)
{
    private readonly Dictionary<string, int[][]> contents = [];
    private readonly HashSet<string> handedOut = [];
    private readonly Dictionary<long, Cluster> primaryOf = [];
    private readonly (MirrorStatus? Status, int Revision)[] seen = new (MirrorStatus?, int)[2];

    /// <summary>After every event: what statuses call complete is there and is what it was, and both sides hold a common snapshot.</summary>
    public void All()
    {
        var changed = false;
        foreach (var side in world.Clusters)
        {
            var now = (side.Status, side.Disk.Revision);
            if (ReferenceEquals(now.Status, seen[side.Index].Status) && now.Revision == seen[side.Index].Revision) continue;
            seen[side.Index] = now;
            changed = true;
            SnapshotsAreTrue(side);
        }

        if (changed) CommonSnapshotExists();
    }

    /// <summary>Called with every status write, before it takes effect.</summary>
    public void Written(Cluster side, MirrorStatus before, MirrorStatus after, Writer writer)
    {
        if (after.Epoch < before.Epoch || after.HighestEpochSeen < before.HighestEpochSeen)
            world.Lost($"{side.Name}: an epoch fell from {before.Epoch} to {after.Epoch}");
        if (writer == Writer.Peer) OnlyWhatAPeerMay(side, before, after);
        if (after.Role == MirrorRole.Primary && (before.Role != MirrorRole.Primary || before.Epoch != after.Epoch)) Promoted(side, before, after);
        if (after.Role == MirrorRole.Secondary && before.Role == MirrorRole.Fenced && side.Disk.HasLive)
            world.Lost($"{side.Name} becomes secondary before its live data is kept");
        if (after.Leaving.Count > before.Leaving.Count) LetGo(side, before, after);
    }

    /// <summary>Called with everything a worker decides: a fail-over asks nothing of the peer.</summary>
    public void Decided(Cluster side, MirrorStatus status, Decision decision)
    {
        if (status.Operation is not { Request.Type: MirrorOperationType.FailOver, Stage: MirrorOperationStage.Promoting }) return;
        foreach (var step in decision.Steps)
        {
            if (step is PrepareRelationship or RequestSnapshot or PullGroup or HoldPeer or ForwardOperation)
                world.Lost($"{side.Name} asks its peer ({step.Key}) in the middle of a fail-over");
        }
    }

    /// <summary>A group snapshot was taken: its name means these bytes, on both sides and for ever.</summary>
    public void Taken(Cluster side, string name)
    {
        world.Figures.Snapshots++;

        // A late question may have an old name taken again; that copy is nobody's, is never handed out, and goes again.
        if (!handedOut.Contains(name)) contents[name] = side.Disk.Groups[name].Volumes;
    }

    /// <summary>A group was deleted again. If it was never handed out to anyone, its name means nothing yet.</summary>
    public void Undone(string name)
    {
        if (!handedOut.Contains(name)) contents.Remove(name);
    }

    public void Committed(Cluster side, string name)
    {
        world.Figures.Commits++;
        Same(side, name);
    }

    /// <summary>A primary hands a snapshot out.</summary>
    public void Serves(Cluster side, string name, bool final)
    {
        handedOut.Add(name);
        Same(side, name);
        if (side.Status.HighestEpochSeen > side.Status.Epoch || side.Status.Role != MirrorRole.Primary)
            world.Lost($"{side.Name} serves {name}, and knows of epoch {side.Status.HighestEpochSeen}");
        if (final && (side.Disk.Pods != Pods.Stopped || !Equal(side.Disk.Groups[name].Volumes, side.Disk.Live)))
            world.Lost($"{side.Name} serves {name} as final, and the application has run since");
    }

    /// <summary>The application is about to be started from a group.</summary>
    public void StartsFrom(Cluster side, string name)
    {
        for (var v = 0; v < Disk.Volumes; v++)
        {
            for (var b = 0; b < Disk.Blocks; b++)
            {
                // Its own later writes may be there, where it had been started from this group before.
                if (side.Disk.Origins[v] != name || !world.Ledger.Holds(side.Disk.Live[v]![b], contents[name][v][b]))
                    world.Lost($"{side.Name} starts the application from something else than the complete group {name}");
            }
        }
    }

    /// <summary>Live data has been set aside.</summary>
    public void SetAside(Cluster side, string keptAs)
    {
        if (side.Status.Role != MirrorRole.Fenced) world.Lost($"{side.Name} gives up its live data as {side.Status.Role}");
        if (side.Status.Demotion is not { Covered: true } || !side.Disk.Diverged.TryGetValue(keptAs, out var kept)) return;
        if (side.Other.Policy.Deleting) return;
        if (!side.Other.Disk.Groups.Values.Any(group => Equal(group.Volumes, kept)))
            world.Lost($"{side.Name} calls its live data covered, and no group snapshot of {side.Other.Name} holds it");
    }

    /// <summary>A snapshot is about to be deleted: it must have left the lists before.</summary>
    public void Leaves(Cluster side, string name)
    {
        if (side.Status.Snapshots.Any(snapshot => snapshot.Name == name) || side.Status.Diverged.Any(kept => kept.Name == name))
            world.Lost($"{side.Name} deletes {name}, which is still in its status");
    }

    /// <summary>A kept image has gone: every write it held must be somewhere, unless its retention has ended.</summary>
    public void Removed(Cluster side, string name, int[]?[] volumes)
    {
        if (world.Clusters.Any(cluster => cluster.Policy.Deleting)) return;
        for (var v = 0; v < Disk.Volumes; v++)
        {
            for (var b = 0; volumes[v] is { } blocks && b < Disk.Blocks; b++)
            {
                var write = blocks[b];
                if (world.Ledger.IsReleased(write) || world.Clusters.Any(cluster => cluster.Disk.Holds(v, b, write))) continue;
                world.Lost($"write {write} was acknowledged and is nowhere any more: {side.Name} has deleted {name}");
            }
        }
    }

    private void SnapshotsAreTrue(Cluster side)
    {
        if (side.Policy.Deleting || !side.Exists) return;
        foreach (var (name, group) in side.Disk.Groups)
        {
            if (group.Received || side.Status.Snapshots.Any(known => known.Name == name)) Same(side, name);
        }

        foreach (var snapshot in side.Status.Snapshots)
        {
            if (!side.Disk.Groups.ContainsKey(snapshot.Name)) world.Lost($"{side.Name} believes to hold {snapshot.Name}");
        }
    }

    private void Same(Cluster side, string name)
    {
        if (!contents.TryGetValue(name, out var known) || !Equal(known, side.Disk.Groups[name].Volumes))
            world.Lost($"{name} on {side.Name} is not what was taken under this name");
    }

    private void CommonSnapshotExists()
    {
        var (blue, green) = (world.Blue, world.Green);
        if (blue.Policy.Deleting || green.Policy.Deleting) return;
        if (blue.Status.Snapshots.Count == 0 || green.Status.Snapshots.Count == 0) return;
        foreach (var own in blue.Status.Snapshots)
        {
            foreach (var theirs in green.Status.Snapshots)
            {
                if (own.Name == theirs.Name) return;
            }
        }

        world.Lost("no common snapshot is left");
    }

    /// <summary>One primary an epoch, of the highest epoch it has heard of; a planned promotion loses nothing and finds the other side stopped.</summary>
    private void Promoted(Cluster side, MirrorStatus before, MirrorStatus after)
    {
        if (!primaryOf.TryAdd(after.Epoch, side) && primaryOf[after.Epoch] != side) world.Lost($"epoch {after.Epoch} has two primaries");
        if (after.Epoch < after.HighestEpochSeen) world.Lost($"{side.Name} becomes primary of epoch {after.Epoch} and knows of {after.HighestEpochSeen}");
        if (after.Promotion is { Snapshot: { } snapshot } && before.Snapshots.All(known => known.Name != snapshot))
            world.Lost($"{side.Name} is promoted from {snapshot}, which is not complete there");
        if (after.Promotion is null) return;

        var other = side.Other;
        if (after.HandoverOperation is null)
        {
            world.Figures.FailOvers++;
            return;
        }

        world.Figures.Handovers++;
        if (after.Promotion.Snapshot is null && !side.Disk.AllLive) world.Lost($"{side.Name} takes up its own volumes, and they are not all there");
        if (other.Disk.Pods != Pods.Stopped) world.Lost($"{side.Name} was promoted as planned while the application ran on {other.Name}");
        if (before.Role == MirrorRole.Secondary && after.Promotion.Snapshot is { } final && side.Disk.Groups.TryGetValue(final, out var group) && other.Disk.AllLive && !Equal(group.Volumes, other.Disk.Live))
            world.Lost($"a planned swap to {side.Name} with {final} loses what {other.Name} had written");
    }

    /// <summary>The gateway may note a hold or a snapshot for a peer, and nothing else.</summary>
    private void OnlyWhatAPeerMay(Cluster side, MirrorStatus before, MirrorStatus after)
    {
        var same = before with { Hold = after.Hold, RefusedHold = after.RefusedHold, Snapshots = after.Snapshots, Volumes = after.Volumes };
        if (same != after || before.Snapshots.Any(known => !after.Snapshots.Contains(known)))
            world.Lost($"{side.Name}: a question of {side.Other.Name} changed more than a peer may");
        if (after.Hold is { } hold && hold != before.Hold && hold.Until > side.Clock + MirrorLimits.HoldDuration)
            world.Lost($"{side.Name} is made to hold its application for longer than {MirrorLimits.HoldDuration}");
    }

    private void LetGo(Cluster side, MirrorStatus before, MirrorStatus after)
    {
        foreach (var name in after.Leaving.Except(before.Leaving))
        {
            var at = before.Diverged.ToList().FindIndex(kept => kept.Name == name);
            if (at < 0 || before.Diverged[at].Covered || !side.Disk.Diverged.TryGetValue(name, out var volumes)) continue;
            if (before.Diverged.Skip(at + 1).Count(kept => !kept.Covered) < MirrorLimits.DivergedKept)
                world.Lost($"{side.Name} lets go of the diverged data {name} before its retention has ended");
            foreach (var write in volumes.SelectMany(volume => volume ?? [])) world.Ledger.Release(write);
        }
    }

    private static bool Equal(int[]?[] a, int[]?[] b)
    {
        for (var v = 0; v < Disk.Volumes; v++)
        {
            if (a[v] is not { } left || b[v] is not { } right || !left.AsSpan().SequenceEqual(right)) return false;
        }

        return true;
    }
}
