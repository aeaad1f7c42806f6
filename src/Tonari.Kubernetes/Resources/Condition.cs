using System.ComponentModel.DataAnnotations;

namespace Tonari.Kubernetes.Resources;

/// <summary>Whether a condition holds.</summary>
public enum ConditionStatus
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>It holds.</summary>
    True,

    /// <summary>It does not hold.</summary>
    False,
}

/// <summary>One aspect of an object's state, as in the Kubernetes API conventions.</summary>
public sealed record Condition
{
    /// <summary>CamelCase name of the aspect, e.g. <c>Ready</c>; unique in its list.</summary>
    [Required, MaxLength(316)]
    public string Type { get; init; } = "";

    /// <summary>Whether it holds.</summary>
    [Required]
    public ConditionStatus Status { get; init; }

    /// <summary>Why, one CamelCase word for machines.</summary>
    [MaxLength(1024)]
    public string Reason { get; init; } = "";

    /// <summary>Why, for people.</summary>
    [MaxLength(32768)]
    public string Message { get; init; } = "";

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>The generation of the object that this was said of.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>The list with this condition set. The transition time only changes when the status does; the order is kept.</summary>
    public static IReadOnlyList<Condition> Set(
        IReadOnlyList<Condition>? conditions, string type, bool? holds, string reason, string message, DateTimeOffset now, long? generation = null)
    {
        var list = (conditions ?? []).ToList();
        var at = list.FindIndex(c => c.Type == type);
        var status = holds switch { true => ConditionStatus.True, false => ConditionStatus.False, null => ConditionStatus.Unknown };
        var condition = new Condition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastTransitionTime = at >= 0 && list[at].Status == status ? list[at].LastTransitionTime : now,
            ObservedGeneration = generation,
        };
        if (at < 0)
            list.Add(condition);
        else
            list[at] = condition;
        return list;
    }
}
