using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>What this cluster's node agents hold for a mirror.</summary>
internal sealed class LocalVolumes(IAgentDirectory agents, IPools pools)
{
    /// <summary>Time for a question to an agent or a small change: it answers from its file system, at once unless the disk is very busy.</summary>
    public static readonly TimeSpan SmallCall = TimeSpan.FromSeconds(30);

    /// <summary>Time for deleting or committing a group: the file system may have to free a lot.</summary>
    public static readonly TimeSpan LongCall = TimeSpan.FromMinutes(5);

    public Agent.AgentClient Agent(string pool) => agents.Find(pool).Client;

    public string NodeOf(string pool) => agents.Find(pool).Node;

    /// <summary>
    /// The pools in which something of the mirror may be: where its volumes are known to be, else (nothing was ever committed, or the status
    /// was lost) every managed pool.
    /// </summary>
    public IReadOnlyList<string> PoolsOf(MirrorStatus status)
    {
        List<string> known = [.. status.Volumes.Select(volume => volume.Pool).Distinct(StringComparer.Ordinal)];
        return known.Count > 0 ? known : [.. pools.All.Where(pool => pool.Spec.Managed).Select(pool => pool.Name)];
    }

    /// <summary>A complete group snapshot here; null when no pool has it. A pool that is not open is an error, not a missing group; so is a group that is there
    /// and cannot be used (DATA_LOSS).</summary>
    public async Task<GroupSnapshot?> FindGroupAsync(MirrorStatus status, string name, CancellationToken ct)
    {
        foreach (var pool in PoolsOf(status))
        {
            try
            {
                return await Agent(pool).GetGroupSnapshotAsync(new GetGroupSnapshotRequest { Pool = pool, Name = name }, Options(SmallCall, ct));
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
            {
                // Perhaps another pool has it.
            }
        }

        return null;
    }

    /// <summary>The group snapshot a promotion starts from.</summary>
    public async Task<GroupSnapshot> GroupAsync(MirrorStatus status, string name, CancellationToken ct) =>
        await FindGroupAsync(status, name, ct)
        ?? throw new StepFailedException($"The group snapshot {name} is in none of the pools {string.Join(", ", PoolsOf(status))}; fail over to another one.");

    /// <summary>The volumes of a pool that belong to a mirror: known by name, by their snapshots or by what is staged in them.</summary>
    public async Task<IReadOnlyList<Volume>> OwnAsync(string pool, string mirrorId, MirrorStatus status, CancellationToken ct)
    {
        var known = status.Volumes.Select(volume => volume.VolumeId).ToHashSet(StringComparer.Ordinal);
        var request = new ListVolumesRequest { Pool = pool };
        request.VolumeIds.AddRange(known);
        request.SnapshotPrefixes.AddRange([SnapshotNames.GroupPrefix(mirrorId), SnapshotNames.DivergedPrefix(mirrorId)]);
        var all = await Agent(pool).ListVolumesAsync(request, Options(SmallCall, ct));
        return [.. all.Volumes.Where(volume => known.Contains(volume.VolumeId) || BearsMark(volume, mirrorId))];
    }

    /// <summary>
    /// Volumes as their agents see them now; those that do not exist are left out. A pool that is not open is an error: it says nothing about its volumes.
    /// </summary>
    public async Task<IReadOnlyList<Volume>> CurrentAsync(IEnumerable<(string Pool, string VolumeId)> wanted, CancellationToken ct)
    {
        var found = new List<Volume>();
        foreach (var group in wanted.GroupBy(volume => volume.Pool, volume => volume.VolumeId))
        {
            var request = new ListVolumesRequest { Pool = group.Key };
            request.VolumeIds.AddRange(group);
            found.AddRange((await Agent(group.Key).ListVolumesAsync(request, Options(SmallCall, ct))).Volumes);
        }

        return found;
    }

    /// <summary>Those of some claims whose volumes are neither mounted nor attached. What an agent does not say now is taken for mounted.</summary>
    public async Task<IReadOnlySet<(string Namespace, string Claim)>> UnmountedAsync(IReadOnlyList<ClaimedVolume> claimed, CancellationToken ct)
    {
        try
        {
            var current = await CurrentAsync(claimed.Select(one => (one.Pool, one.VolumeId)), ct);
            var free = current.Where(volume => !volume.Mounted && !volume.Attached).Select(volume => volume.VolumeId).ToHashSet(StringComparer.Ordinal);
            return claimed.Where(one => free.Contains(one.VolumeId)).Select(one => (one.Namespace, one.Claim)).ToHashSet();
        }
        catch (Exception e) when (e is RpcException or AgentUnavailableException && !ct.IsCancellationRequested)
        {
            return new HashSet<(string, string)>();
        }
    }

    /// <summary>The resources kept beside a group snapshot.</summary>
    public async Task<byte[]> ResourcesAsync(string pool, string name, CancellationToken ct)
    {
        using var call = Agent(pool).GetResources(new GetResourcesRequest { Pool = pool, Name = name }, Options(LongCall, ct));
        using var all = new MemoryStream();
        await foreach (var piece in call.ResponseStream.ReadAllAsync(ct)) piece.Data.WriteTo(all);
        return all.ToArray();
    }

    /// <summary>A call with an end. The deadline is the transport's, in real time.</summary>
    public static CallOptions Options(TimeSpan limit, CancellationToken ct) =>
        new(deadline: (TimeProvider.System.GetUtcNow() + limit).UtcDateTime, cancellationToken: ct);

    /// <summary>The names of a volume's snapshots, those that cannot be used included: they are there, and somebody's.</summary>
    public static IEnumerable<string> SnapshotsOf(Volume volume) => volume.Snapshots.Select(snapshot => snapshot.Name).Concat(volume.DamagedSnapshots);

    private static bool BearsMark(Volume volume, string mirrorId) =>
        SnapshotsOf(volume).Any(name => IsOf(name, mirrorId)) || (volume.Staging is { } staging && IsOf(staging.To, mirrorId));

    /// <summary>Whether the name is of the mirror's group snapshots or diverged data.</summary>
    public static bool IsOf(string snapshot, string mirrorId) =>
        snapshot.StartsWith(SnapshotNames.GroupPrefix(mirrorId), StringComparison.Ordinal)
        || snapshot.StartsWith(SnapshotNames.DivergedPrefix(mirrorId), StringComparison.Ordinal);
}

/// <summary>A step cannot go on; the message is told to the user and the step is tried again.</summary>
internal sealed class StepFailedException(string message) : Exception(message);
