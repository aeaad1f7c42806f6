using System.Collections.Immutable;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>The promises of the protocol, checked after every event.</summary>
internal sealed class Invariants(World world)
{
    private readonly Dictionary<string, ImmutableList<int>> contents = [];
    private readonly Dictionary<long, string> primaryOf = [];
    private readonly HashSet<int> released = [];
    private int counted;

    public void Check()
    {
        foreach (var side in (SimulatedSide[])[world.Blue, world.Green])
        {
            SnapshotsNeverChange(side);
            StatusIsTrue(side);
        }

        CommonSnapshotExists();
        NoRowIsGone();
    }

    /// <summary>Called with every status write, before it takes effect.</summary>
    public void Written(SimulatedSide side, MirrorStatus before, MirrorStatus after)
    {
        if (after.Epoch < before.Epoch || after.HighestEpochSeen < before.HighestEpochSeen)
            world.Lost($"{side.Name}: an epoch fell from {before.Epoch} to {after.Epoch}");

        if (after.Role == MirrorRole.Primary && (before.Role != MirrorRole.Primary || before.Epoch != after.Epoch)) Promoted(side, after);

        foreach (var kept in after.Leaving.Except(before.Leaving))
        {
            if (side.Store.Diverged.TryGetValue(kept, out var rows)) released.UnionWith(rows);
        }

        var other = world.Other(side);
        foreach (var name in before.Snapshots.Except(after.Snapshots).Select(snapshot => snapshot.Name))
        {
            var othersNewest = other.Status.Snapshots.LastOrDefault(snapshot => side.Status.Snapshots.Any(own => own.Name == snapshot.Name));
            if (othersNewest?.Name == name && side.Exists && other.Exists && !side.Policy.Deleting && !other.Policy.Deleting)
                world.Lost($"{side.Name} lets go of the common snapshot {name}");
        }
    }

    /// <summary>One primary an epoch; a planned promotion loses no row and finds the other side stopped.</summary>
    private void Promoted(SimulatedSide side, MirrorStatus after)
    {
        if (primaryOf.TryGetValue(after.Epoch, out var known) && known != side.Name)
            world.Lost($"epoch {after.Epoch} has two primaries");
        primaryOf[after.Epoch] = side.Name;

        var other = world.Other(side);
        if (after.HandoverOperation is null || after.Promotion is null) return;
        if (other.Store.ApplicationRuns) world.Lost($"{side.Name} was promoted as planned while the application ran on {other.Name}");
        if (after.Promotion.Snapshot is { } final && side.Store.Snapshots.TryGetValue(final, out var content)
            && other.Store.Live is { } live && !live.SequenceEqual(content))
            world.Lost($"a planned swap to {side.Name} lost rows: {live.Count} there, {content.Count} in {final}");
    }

    /// <summary>The same name means the same bytes, on both sides and for ever.</summary>
    private void SnapshotsNeverChange(SimulatedSide side)
    {
        foreach (var (name, content) in side.Store.Snapshots)
        {
            if (contents.TryAdd(name, content)) continue;
            if (!ReferenceEquals(contents[name], content) && !contents[name].SequenceEqual(content))
                world.Lost($"{name} on {side.Name} is not what it was");
        }
    }

    /// <summary>What the status calls complete is there.</summary>
    private void StatusIsTrue(SimulatedSide side)
    {
        if (side.Policy.Deleting || !side.Exists) return;
        foreach (var name in side.Status.Snapshots.Select(snapshot => snapshot.Name))
        {
            if (!side.Store.Snapshots.ContainsKey(name)) world.Lost($"{side.Name} believes to hold {name}");
        }
    }

    /// <summary>Every row that was ever acknowledged is in some live volume, snapshot or set of diverged data, until its retention has ended.</summary>
    private void NoRowIsGone()
    {
        if (world.Blue.Policy.Deleting || world.Green.Policy.Deleting || world.Rows == counted) return;
        counted = world.Rows;
        var found = new HashSet<int>(released);
        foreach (var store in (Store[])[world.Blue.Store, world.Green.Store])
        {
            foreach (var content in (IEnumerable<ImmutableList<int>>)[store.Live ?? [], .. store.Snapshots.Values, .. store.Diverged.Values]) found.UnionWith(content);
        }

        for (var row = 1; row <= world.Rows; row++)
        {
            if (!found.Contains(row)) world.Lost($"row {row} was acknowledged and is nowhere");
        }
    }

    private void CommonSnapshotExists()
    {
        var (blue, green) = (world.Blue, world.Green);
        if (blue.Policy.Deleting || green.Policy.Deleting) return;
        var everCommitted = blue.Status.Snapshots.Count > 0 && green.Status.Snapshots.Count > 0;
        if (everCommitted && !blue.Status.Snapshots.Any(own => green.Status.Snapshots.Any(their => their.Name == own.Name)))
            world.Lost("no common snapshot is left");
    }
}
