namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What must come about once faults and commands have ceased, without a person.</summary>
internal static class Quiet
{
    // The longest bound in the protocol is ten minutes; several may follow one another.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(45);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(3);

    /// <summary>Lets time pass until nothing is missing any more; what is still missing when patience has ended is a violation.</summary>
    public static void Until(World world, Func<World, string?> missing)
    {
        var deadline = world.Now + Patience;
        while (missing(world) is { } what)
        {
            if (world.Now > deadline) world.Lost($"{what}, {Patience.TotalMinutes:0} minutes after the last fault");
            Pass(world);
        }
    }

    /// <summary>Lets that much time pass.</summary>
    public static void For(World world, TimeSpan time)
    {
        var end = world.Now + time;
        while (world.Now < end) Pass(world);
    }

    /// <summary>One round, and the time until the next one in which something can happen.</summary>
    public static void Pass(World world)
    {
        var active = world.Round();
        world.Now += active ? Tick : Idle(world);
    }

    /// <summary>One primary whose application runs; the other side follows it and is up to date, or is fenced until a person decides.</summary>
    public static string? Unsettled(World world)
    {
        if (world.Clusters.Any(side => side.Policy.Deleting)) return NotGone(world);

        var (primary, other) = world.Blue.Status.Role == MirrorRole.Primary ? (world.Blue, world.Green) : (world.Green, world.Blue);
        if (primary.Status.Role != MirrorRole.Primary || other.Status.Role == MirrorRole.Primary)
            return $"blue is {world.Blue.Status.Role} and green is {world.Green.Status.Role}";
        if (!Runs(primary)) return $"the application does not run on {primary.Name}";
        if (primary.Status.Application != ApplicationRun.Running) return $"{primary.Name} believes its application to be {primary.Status.Application}";
        foreach (var side in world.Clusters)
        {
            if (side.Policy.Operation is { } request && request.Id != side.Status.LastOperationId) return $"{side.Name} has not taken up {request.Type} {request.Id}";
            if (side.Status.Operation is { } operation) return $"{side.Name} is still at {operation.Request.Type} {operation.Request.Id} ({operation.Stage})";
            if (side.Status.Hold is not null || side.Status.Promotion is not null || side.Status.Demotion is not null) return $"{side.Name} is not done with its change of roles";
            if (side.Status.Leaving.Count > 0 && side.Status.Role != MirrorRole.Fenced) return $"{side.Name} has not deleted what it let go of";
        }

        if (world.Clusters.Select(Orphan).FirstOrDefault(orphan => orphan is not null) is { } left) return left;
        return other.Status.Role == MirrorRole.Fenced ? UnsettledFenced(other) : Behind(primary, other);
    }

    /// <summary>After a deletion nothing is left but live volumes, and the application runs.</summary>
    public static string? NotGone(World world)
    {
        foreach (var side in world.Clusters)
        {
            if (side.Exists) return $"{side.Name} still has its object";
            if (side.Disk.Groups.Count > 0) return $"{side.Name} has left the group snapshot {side.Disk.Groups.Keys.First()}";
            if (side.Disk.Diverged.Count > 0) return $"{side.Name} has left the diverged data {side.Disk.Diverged.Keys.First()}";
            if (side.Disk.Staged.Any(staged => staged is not null)) return $"{side.Name} has left a staging image";
            if (side.Disk.Frozen) return $"{side.Name} has left a frozen filesystem";
        }

        return world.Clusters.Any(Runs) ? null : "the application runs nowhere";
    }

    /// <summary>The application runs on some side, and that side has promised nobody to stop it.</summary>
    public static string? Stopped(World world) =>
        world.Clusters.Any(side => Runs(side) && side.Status is { Hold: null, Promotion: null }) ? null : "the application runs nowhere";

    public static bool Runs(Cluster side) => side.Disk is { Pods: Pods.Running, AllLive: true };

    /// <summary>Something on disk that the status does not know, so that nobody would ever delete it.</summary>
    private static string? Orphan(Cluster side)
    {
        foreach (var (name, group) in side.Disk.Groups)
        {
            // One that was taken when the controller was killed, and for which nobody has asked again, goes when the next one is there.
            if (!group.Received && (side.Status.Snapshots is not [.., var newest] || SnapshotNames.IsLater(name, newest.Name))) continue;
            if (name != side.Status.Sync?.Name && side.Status.Snapshots.All(known => known.Name != name) && !side.Status.Leaving.Contains(name))
                return $"{side.Name} keeps the group snapshot {name}, which it does not know of";
        }

        if (side.Disk.Staged.FirstOrDefault(staged => staged is not null && staged.Name != side.Status.Sync?.Name && !side.Status.Leaving.Contains(staged.Name)) is { } stray)
            return $"{side.Name} keeps what it has received of {stray.Name}, and nobody receives it";
        foreach (var name in side.Disk.Diverged.Keys)
        {
            if (side.Status.Diverged.All(known => known.Name != name) && !side.Status.Leaving.Contains(name) && side.Status.Demotion?.SetAsideAs != name)
                return $"{side.Name} keeps the diverged data {name}, which it does not know of";
        }

        return null;
    }

    private static string? UnsettledFenced(Cluster fenced) =>
        fenced.Policy.OnFenced == FencedAction.Stop && fenced.Disk.Pods != Pods.Stopped ? $"the application still runs on {fenced.Name}, which is fenced" : null;

    private static string? Behind(Cluster primary, Cluster secondary)
    {
        if (secondary.Status.Role != MirrorRole.Secondary) return $"{secondary.Name} is {secondary.Status.Role}";
        if (secondary.Disk.Pods != Pods.Stopped) return $"the application runs on both sides";
        if (secondary.Status.Epoch != primary.Status.Epoch) return $"{secondary.Name} follows epoch {secondary.Status.Epoch} and {primary.Name} is at {primary.Status.Epoch}";
        return secondary.Status.Snapshots is [.., var newest] && SnapshotNames.TryParse(newest.Name, out var epoch, out _) && epoch == primary.Status.Epoch
            ? null
            : $"{secondary.Name} has committed nothing in epoch {primary.Status.Epoch}";
    }

    private static TimeSpan Idle(World world)
    {
        var next = world.Now + LongestTick;
        foreach (var side in world.Clusters)
        {
            var exchange = side.Views.LastExchange + TimeSpan.FromSeconds(side.Controller.Busy ? 1 : 3);
            if (exchange > world.Now && exchange < next) next = exchange;
            if (side.Controller.WakeAt is { } wake && world.Now + (wake - side.Clock) is var at && at > world.Now && at < next) next = at;
        }

        var idle = next - world.Now;
        return idle < Tick ? Tick : idle;
    }
}
