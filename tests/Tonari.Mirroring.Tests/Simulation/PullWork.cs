namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>A transfer: each volume's difference to the common snapshot is applied to a clone of it, and compared with the source before it may be committed.</summary>
internal sealed class PullWork(World world, Cluster cluster)
{
    private Disk Disk => cluster.Disk;

    /// <summary>The next piece of the next volume, or its verification; null while there is more to do.</summary>
    public StepResult? GoOn(Run run, PullGroup pull)
    {
        if (world.Network.Cut || cluster.Other.Away)
            return new StepResult.Failed("The transfer broke off.");

        // Deltas are handed out by what the neighbour's informer has seen.
        var source = cluster.Other.Informed;
        if (!source.Exists) return new StepResult.Refused($"{cluster.Other.Name} has no such mirror.");
        if (world.Rules.RefusalToServe(source.Policy, source.Status, source.Status.Epoch, false, cluster.Other.Clock) is { } refusal)
            return new StepResult.Failed(refusal);
        if (!cluster.Other.Disk.Groups.TryGetValue(pull.Name, out var to)) return new StepResult.Refused($"{pull.Name} is gone.");

        Group? from = null;
        if (pull.Base is { } common && Disk.Groups.ContainsKey(common) && !cluster.Other.Disk.Groups.TryGetValue(common, out from))
            return new StepResult.Refused($"{common} is gone at {cluster.Other.Name}.");

        for (var v = 0; v < Disk.Volumes; v++)
        {
            if (Disk.Staged[v] is { Verified: true } done && done.Name == pull.Name) continue;
            return Volume(v, pull, from?.Volumes[v], to.Volumes[v]);
        }

        return new StepResult.Pulled(Disk.Volumes * Disk.Blocks, []);
    }

    /// <summary>The staged group becomes complete on disk.</summary>
    public StepResult Commit(CommitGroup commit)
    {
        if (Disk.Groups.ContainsKey(commit.Name)) return new StepResult.Done();
        if (Disk.Staged.Any(staged => staged is not { Verified: true } || staged.Name != commit.Name)) return new StepResult.Failed("Nothing is staged.");

        Disk.Put(commit.Name, new Group([.. Disk.Staged.Select(staged => staged!.Blocks)], cluster.Clock, Received: true));
        world.Checks.Committed(cluster, commit.Name);
        Disk.RemoveForgotten(commit.Name);
        return new StepResult.Done();
    }

    private StepResult? Volume(int v, PullGroup pull, int[]? from, int[] to)
    {
        var staged = Disk.Staged[v];
        if (staged is null || staged.Name != pull.Name || staged.From != pull.Base)
        {
            var start = from is null ? new int[Disk.Blocks] : (int[])Disk.Groups[pull.Base!].Volumes[v].Clone();
            Disk.Staged[v] = staged = new Staging(pull.Name, pull.Base, start);
        }

        if (staged.Offset < Disk.Blocks) return Receive(staged, from, to);
        if (!world.Rules.Verifies || staged.Blocks.AsSpan().SequenceEqual(to))
        {
            staged.Verified = true;
            return null;
        }

        world.Tell($"{cluster.Name}: what was received of {pull.Name} is not what was sent, and is refused");
        Disk.Staged[v] = null;
        return new StepResult.Spoilt("The digest differs; it is fetched again.");
    }

    /// <summary>Half a volume arrives: only changed blocks travel.</summary>
    private StepResult.Failed? Receive(Staging staged, int[]? from, int[] to)
    {
        var end = staged.Offset + (Disk.Blocks / 2);
        for (var b = staged.Offset; b < end; b++)
        {
            if (from is null || from[b] != to[b]) staged.Blocks[b] = to[b];
        }

        switch (cluster.Corrupt)
        {
            case 1:
                staged.Blocks[staged.Offset] = -1;
                break;
            case 2:
                // The rest never comes, and nobody says so.
                end = Disk.Blocks;
                break;
        }

        cluster.Corrupt = 0;
        staged.Offset = end;
        return null;
    }
}
