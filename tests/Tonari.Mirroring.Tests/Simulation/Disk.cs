namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>Whether the application's pods run.</summary>
internal enum Pods : byte
{
    /// <summary>None; no volume is in use.</summary>
    Stopped,

    /// <summary>Scaled to zero, but still writing.</summary>
    Ending,

    /// <summary>Running.</summary>
    Running,
}

/// <summary>A complete group snapshot on disk: for each volume, block to version.</summary>
/// <param name="Volumes">The blocks.</param>
/// <param name="TakenAt">When, by the clock of the side it is kept on.</param>
/// <param name="Received">It came from the peer.</param>
internal sealed record Group(int[][] Volumes, DateTimeOffset TakenAt, bool Received);

/// <summary>What one volume has received of a group so far. Durable.</summary>
internal sealed class Staging(string name, string? from, int[] blocks)
{
    public string Name { get; } = name;

    public string? From { get; } = from;

    public int[] Blocks { get; } = blocks;

    /// <summary>Blocks that have arrived.</summary>
    public int Offset { get; set; }

    public bool Verified { get; set; }
}

/// <summary>What one side keeps on its disks and runs on its nodes. Survives crashes.</summary>
internal sealed class Disk(World world, Cluster cluster)
{
    /// <summary>Volumes of the application.</summary>
    public const int Volumes = 2;

    /// <summary>Blocks of a volume.</summary>
    public const int Blocks = 4;

    private readonly Dictionary<string, Group> groups = [];
    private readonly Dictionary<string, int[]?[]> diverged = [];

    public int[]?[] Live { get; } = new int[]?[Volumes];

    /// <summary>The group that each live volume was cloned from; null where it began here.</summary>
    public string?[] Origins { get; } = new string?[Volumes];

    public Staging?[] Staged { get; } = new Staging?[Volumes];

    public IReadOnlyDictionary<string, Group> Groups => groups;

    public IReadOnlyDictionary<string, int[]?[]> Diverged => diverged;

    public Pods Pods { get; private set; }

    public bool Frozen { get; set; }

    /// <summary>Grows with every change of what is kept.</summary>
    public int Revision { get; private set; }

    public bool HasLive => Live.Any(volume => volume is not null);

    public bool AllLive => Live.All(volume => volume is not null);

    /// <summary>The application's volumes as they began, and its pods.</summary>
    public void Begin()
    {
        for (var v = 0; v < Volumes; v++) Live[v] = new int[Blocks];
        Pods = Pods.Running;
    }

    public void Start()
    {
        if (!AllLive) world.Lost($"{cluster.Name} starts an application without its volumes");
        Pods = Pods.Running;
    }

    public void ScaleToZero()
    {
        if (Pods == Pods.Running) Pods = Pods.Ending;
    }

    public void EndPods() => Pods = Pods.Stopped;

    /// <summary>One acknowledged write, if the application runs and is not frozen.</summary>
    public void Write(int choice)
    {
        if (Pods == Pods.Stopped || Frozen || Live[choice % Volumes] is not { } volume) return;
        var block = choice / Volumes % Blocks;
        volume[block] = world.Ledger.Add(volume[block]);
    }

    public void Take(string name, DateTimeOffset at)
    {
        groups.Add(name, new Group([.. Live.Select(volume => (int[])volume!.Clone())], at, Received: false));
        Revision++;
    }

    /// <summary>A group that was taken but may no longer be handed out goes again, unless it was noted before.</summary>
    public void Undo(string name)
    {
        var noted = cluster is { Exists: true, Policy.Deleting: false } && cluster.Status.Snapshots.Any(known => known.Name == name);
        if (noted || !groups.Remove(name)) return;
        world.Checks.Undone(name);
        Revision++;
    }

    public void Put(string name, Group group)
    {
        groups[name] = group;
        Array.Clear(Staged);
        Revision++;
    }

    /// <summary>A live volume becomes a kept snapshot.</summary>
    public void SetAside(int volume, string keepAs)
    {
        if (Live[volume] is not { } live) return;
        if (Pods != Pods.Stopped) world.Lost($"{cluster.Name} sets the volumes of a running application aside");
        if (!diverged.TryGetValue(keepAs, out var kept)) diverged[keepAs] = kept = new int[]?[Volumes];
        if (kept[volume] is not null) world.Lost($"{cluster.Name} would overwrite the diverged data {keepAs}");
        kept[volume] = live;
        Live[volume] = null;
        Origins[volume] = null;
        Revision++;
    }

    /// <summary>A volume becomes live from a complete group.</summary>
    public void MakeLive(int volume, string name)
    {
        if (Live[volume] is not null && Origins[volume] == name) return;
        if (Live[volume] is not null)
        {
            world.Lost($"{cluster.Name} would overwrite live data with {name}");
        }
        else if (!groups.TryGetValue(name, out var group))
        {
            world.Lost($"{cluster.Name} starts from {name}, which is not complete here");
        }
        else
        {
            Live[volume] = (int[])group.Volumes[volume].Clone();
            Origins[volume] = name;
            Revision++;
        }
    }

    /// <summary>What was taken and nobody came to know of goes.</summary>
    public void RemoveForgotten(string newest)
    {
        foreach (var name in ForgottenSnapshots.Of(cluster.Status, cluster.Policy.MirrorId, newest, groups.Keys).ToList())
        {
            world.Checks.Leaves(cluster, name);
            Remove(name);
        }
    }

    /// <summary>A group or a set of diverged data goes.</summary>
    public void Remove(string name)
    {
        if (groups.Remove(name, out var group)) world.Checks.Removed(cluster, name, group.Volumes);
        if (diverged.Remove(name, out var kept)) world.Checks.Removed(cluster, name, kept);
        for (var v = 0; v < Volumes; v++)
        {
            if (Staged[v]?.Name == name) Staged[v] = null;
        }

        Revision++;
    }

    /// <summary>The end of a relationship: everything goes but what is live.</summary>
    public void Clear(int part)
    {
        if (part == 0) Array.Clear(Staged);
        if (part == 1) groups.Clear();
        if (part == 2) diverged.Clear();
        Revision++;
    }

    /// <summary>Whether some kept image holds the write in that block.</summary>
    public bool Holds(int volume, int block, int write) =>
        Has(Live[volume], block, write)
        || groups.Values.Any(group => Has(group.Volumes[volume], block, write))
        || diverged.Values.Any(kept => Has(kept[volume], block, write));

    private bool Has(int[]? image, int block, int write) => image is not null && world.Ledger.Holds(image[block], write);
}
