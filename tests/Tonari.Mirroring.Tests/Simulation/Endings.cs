namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>The last part of a history: faults have ended, and what the protocol promises of that must come about.</summary>
internal static class Endings
{
    public static void Play(World world, Ending ending, int choice)
    {
        var side = world.Clusters[choice & 1];
        world.Heal(link: ending is not (Ending.CutThenHeal or Ending.FailOverAlone or Ending.ForceDelete));
        switch (ending)
        {
            case Ending.CutThenHeal:
                Quiet.Until(world, Quiet.Stopped);
                break;
            case Ending.FailOverAlone:
                Quiet.Until(world, Quiet.Stopped);
                FailOverAlone(world);
                break;
            case Ending.SettleThenSwap:
                Settle(world);
                Swap(world, side, world.Clusters[(choice >> 1) & 1].Name);
                break;
            case Ending.Delete:
                world.Delete(side, force: false);
                break;
            case Ending.ForceDelete:
                world.Delete(side, force: true);
                Quiet.Until(world, _ => side.Exists ? $"{side.Name} still has its object, which was deleted by force" : null);
                break;
        }

        if (world.Network.Cut) world.Heal(link: true);
        Quiet.Until(world, Quiet.Unsettled);
    }

    /// <summary>The neighbour does not answer, and is not needed.</summary>
    private static void FailOverAlone(World world)
    {
        var secondary = world.Clusters.FirstOrDefault(side => side.Status.Role == MirrorRole.Secondary && side.Status.Snapshots.Count > 0);
        if (secondary is null || world.Clusters.Any(side => side.Policy.Deleting)) return;

        world.Ask(secondary, MirrorOperationType.FailOver);
        Quiet.Until(world, _ => secondary.Status is { Role: MirrorRole.Primary, Operation: null, Promotion: null } && Quiet.Runs(secondary)
            ? null
            : $"{secondary.Name} has not taken over while {secondary.Other.Name} could not be reached");
    }

    /// <summary>In peace, what a person decides and asks for succeeds.</summary>
    private static void Swap(World world, Cluster asked, string keep)
    {
        if (world.Clusters.Any(side => side.Policy.Deleting)) return;
        if (world.Clusters.Any(side => side.Status.Role == MirrorRole.Fenced))
        {
            Succeeds(world, asked, MirrorOperationType.Resync, keep);
            var kept = world.Clusters.First(side => side.Name == keep);
            if (kept.Status.Role != MirrorRole.Primary) world.Lost($"{keep} was to be kept and is {kept.Status.Role}");
            Settle(world);
        }

        var before = world.Clusters.First(side => side.Status.Role == MirrorRole.Primary);
        Succeeds(world, asked, MirrorOperationType.Reverse, null);
        if (before.Status.Role != MirrorRole.Secondary) world.Lost($"a planned swap succeeded and {before.Name} is still {before.Status.Role}");
    }

    /// <summary>Settled, and both sides have heard so.</summary>
    private static void Settle(World world)
    {
        Quiet.Until(world, Quiet.Unsettled);
        Quiet.For(world, TimeSpan.FromSeconds(10));
        Quiet.Until(world, Quiet.Unsettled);
    }

    private static void Succeeds(World world, Cluster side, MirrorOperationType type, string? keep)
    {
        var id = world.Ask(side, type, keep);
        Quiet.Until(world, _ => side.Status.LastOperationId == id || side.Status.History.Any(record => record.Id == id) ? Quiet.Unsettled(world) : $"{type} was not taken up");
        var record = side.Status.History.LastOrDefault(record => record.Id == id);
        if (record is not { Succeeded: true }) world.Lost($"nothing was in the way of {type} on {side.Name}, and it failed: {record?.Message}");
    }
}
