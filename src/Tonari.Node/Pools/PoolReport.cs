using Tonari.Engine;
using Tonari.Kubernetes.Resources;

namespace Tonari.Node.Pools;

/// <summary>What was seen of one pool directory.</summary>
/// <param name="Path">The directory.</param>
/// <param name="PoolId">Written into the pool; null where it is not open.</param>
/// <param name="Substrate">"btrfs" or "xfs", or null.</param>
/// <param name="CapacityBytes">Of the filesystem.</param>
/// <param name="UsedBytes">Of the filesystem.</param>
/// <param name="Volumes">In the pool.</param>
/// <param name="Problem">Why it cannot be used; null where it can.</param>
/// <param name="Warning">What to look after all the same.</param>
internal sealed record PoolSighting(
    string Path, string? PoolId, string? Substrate, long CapacityBytes, long UsedBytes, int Volumes, string? Problem, string? Warning)
{
    /// <summary>A sentence for each damaged file.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];

    public static PoolSighting Unusable(string path, string problem) => new(path, null, null, 0, 0, 0, problem, null);

    public static PoolSighting Probed(string path, PoolProbe probe) =>
        new(path, null, probe.Substrate, probe.Capacity.Value, probe.Used.Value, 0, probe.Usable ? null : probe.Problem ?? "The directory cannot be a pool.", null);

    public static PoolSighting Open(PoolDescription state, int volumes) =>
        new(state.Path, state.Id, state.Substrate, state.Capacity.Value, state.Used.Value, volumes, null, state.Warning);
}

/// <summary>Turns sightings into a StoragePool's status. Pure.</summary>
internal static class PoolReport
{
    /// <summary>Used bytes change all the time; nobody needs to know sooner.</summary>
    public static readonly TimeSpan UsageInterval = TimeSpan.FromSeconds(30);

    /// <summary>Sentences of about 500 characters each.</summary>
    private const int DamageShown = 20;

    /// <summary>A sign of life, so that others can tell a silent node from an idle one.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(60);

    public static StoragePoolStatus Build(PoolSighting seen, bool managed, string node, string agentEndpoint, IReadOnlyList<Condition> conditions, DateTimeOffset now)
    {
        var state = seen.Problem is not null ? StoragePoolState.Unusable : managed ? StoragePoolState.Managed : StoragePoolState.Discovered;
        var reason = seen.Problem ?? Join(DamageInShort(seen), seen.Warning);
        var meaning = reason ?? (managed ? "Volumes are made here." : "No volumes are made here until someone manages the pool: set spec.managed.");
        return new StoragePoolStatus
        {
            Node = node,
            Path = seen.Path,
            PoolId = seen.PoolId,
            AgentEndpoint = agentEndpoint,
            Substrate = seen.Substrate,
            Usable = seen.Problem is null,
            State = state,
            Reason = reason,
            CapacityBytes = seen.CapacityBytes,
            UsedBytes = seen.UsedBytes,
            Volumes = seen.Volumes,
            HeartbeatTime = now,
            Conditions = SetDamaged(Condition.Set(conditions, "Ready", state == StoragePoolState.Managed, state.ToString(), meaning, now), seen, now),
        };
    }

    /// <summary>Not known of a pool that is not open.</summary>
    private static IReadOnlyList<Condition> SetDamaged(IReadOnlyList<Condition> conditions, PoolSighting seen, DateTimeOffset now)
    {
        if (seen.Problem is not null)
            return Condition.Set(conditions, StoragePoolStatus.DamagedCondition, null, "NotOpen", "The pool is not open, so its files are not read.", now);
        var shown = seen.Damage.Take(DamageShown).Append(seen.Damage.Count > DamageShown ? $"And {seen.Damage.Count - DamageShown} more; see the log of the node agent." : "");
        return seen.Damage.Count == 0
            ? Condition.Set(conditions, StoragePoolStatus.DamagedCondition, false, "Intact", "Every file that the pool consists of can be used.", now)
            : Condition.Set(conditions, StoragePoolStatus.DamagedCondition, true, "FilesDamaged", string.Join(' ', shown).TrimEnd(), now);
    }

    private static string? DamageInShort(PoolSighting seen) => seen.Damage.Count == 0
        ? null
        : $"{(seen.Damage.Count == 1 ? "One file" : $"{seen.Damage.Count} files")} of the pool cannot be used; what else is in it is not affected. The condition Damaged names "
            + $"{(seen.Damage.Count == 1 ? "it" : "them")}.";

    private static string? Join(string? one, string? other) => one is null ? other : other is null ? one : $"{one} {other}";

    /// <summary>Whether the status is worth a write.</summary>
    public static bool IsDue(StoragePoolStatus? published, StoragePoolStatus wanted)
    {
        if (published?.HeartbeatTime is not { } last || wanted.HeartbeatTime is not { } now)
            return true;
        var age = now - last;
        if (age >= HeartbeatInterval || (published.UsedBytes != wanted.UsedBytes && age >= UsageInterval))
            return true;
        return Stable(published) != Stable(wanted);
    }

    /// <summary>Everything whose change is news at once.</summary>
    private static (string?, string?, string?, string?, string?, StoragePoolState, string?, long, int, string?) Stable(StoragePoolStatus status) =>
        (status.Node, status.Path, status.PoolId, status.AgentEndpoint, status.Substrate, status.State, status.Reason, status.CapacityBytes, status.Volumes,
            status.Conditions?.FirstOrDefault(condition => condition.Type == StoragePoolStatus.DamagedCondition)?.Message);
}
