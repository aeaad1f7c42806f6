using Tonari.Controller.Peers;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Mirrors;

/// <summary>Between an AppMirror's spec on one side and the half that the other side gets.</summary>
internal static class MirrorDefinitions
{
    /// <summary>What the neighbour is to create: the same relationship with the other role.</summary>
    public static MirrorDefinition ForPeer(AppMirror mirror)
    {
        var spec = mirror.Spec;
        var definition = new MirrorDefinition
        {
            MirrorId = spec.MirrorId ?? "",
            Name = mirror.Name,
            Namespace = PeerNamespace(spec, mirror.Namespace),
            Application = spec.Application,
            Role = (spec.InitialRole == MirrorRole.Primary ? MirrorRole.Secondary : MirrorRole.Primary).ToString(),
            Schedule = spec.Schedule.ToString(),
            WantedRpo = spec.WantedRpo?.ToString() ?? "",
            Retain = spec.Retain,
            OnFenced = spec.OnFenced.ToString(),
            RateLimitBytesPerSecond = spec.RateLimitBytesPerSecond ?? 0,
            ReplicaVolumesOnDelete = spec.ReplicaVolumesOnDelete.ToString(),
            VerifySchedule = (spec.Verify ?? new MirrorVerifySpec()).Schedule.ToString(),
        };
        foreach (var (from, to) in spec.NamespaceMapping)
            definition.NamespaceMapping[from] = to;
        foreach (var (from, to) in spec.StorageClassMapping)
            definition.StorageClassMapping[from] = to;
        return definition;
    }

    /// <summary>What is wrong with a definition; null when nothing is.</summary>
    public static string? Problem(MirrorDefinition? d)
    {
        if (d is null || d.MirrorId.Length != 10 || !d.MirrorId.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
            return "A mirror's id has 10 characters a-z and 0-9.";
        if (!NameForms.IsSubdomain(d.Name) || !NameForms.IsLabel(d.Namespace) || !NameForms.IsSubdomain(d.Application))
            return "A mirror needs a name, a namespace and an application in the form of Kubernetes names.";
        if (d.Role is not (nameof(MirrorRole.Primary) or nameof(MirrorRole.Secondary)))
            return "A mirror's first role is Primary or Secondary.";
        if (!GoDuration.TryParse(d.Schedule, out var schedule) || schedule.Value < MirrorLimits.ShortestSchedule || schedule.Value > MirrorPolicyMapper.LongestDuration)
            return $"A mirror's schedule is a duration of at least {MirrorLimits.ShortestSchedule.TotalSeconds:0}s and at most {MirrorPolicyMapper.LongestDuration.TotalHours:0}h.";
        if (d.WantedRpo.Length > 0 && (!GoDuration.TryParse(d.WantedRpo, out var rpo) || rpo.Value > MirrorPolicyMapper.LongestDuration))
            return $"A mirror's wanted RPO is a duration of at most {MirrorPolicyMapper.LongestDuration.TotalHours:0}h.";
        if (d.VerifySchedule.Length > 0 && (!GoDuration.TryParse(d.VerifySchedule, out var verify) || verify.Value > MirrorPolicyMapper.LongestDuration))
            return $"A mirror's verification schedule is a duration of at most {MirrorPolicyMapper.LongestDuration.TotalHours:0}h.";
        if (!IsWordOf<FencedAction>(d.OnFenced) || !IsWordOf<ReplicaVolumesOnDelete>(d.ReplicaVolumesOnDelete))
            return "What is to be done when fenced or deleted is not understood. Install the same version of Tonari on both clusters.";
        if (d.NamespaceMapping.Count > PeerLimits.MostMappings || d.StorageClassMapping.Count > PeerLimits.MostMappings)
            return $"A mirror maps at most {PeerLimits.MostMappings} namespaces and as many storage classes.";
        if (d.NamespaceMapping.Any(pair => !NameForms.IsLabel(pair.Key) || !NameForms.IsLabel(pair.Value)))
            return "A mirror's namespace mapping leads from namespaces to namespaces.";
        if (d.StorageClassMapping.Any(pair => !NameForms.IsSubdomain(pair.Key) || !NameForms.IsSubdomain(pair.Value)))
            return "A mirror's storage class mapping leads from storage classes to storage classes.";
        if (d.Retain is < 1 or > MirrorPolicyMapper.MostRetained || d.RateLimitBytesPerSecond < 0)
            return $"A mirror retains 1 to {MirrorPolicyMapper.MostRetained} group snapshots, and its rate limit is not negative.";
        return d.NamespaceMapping.Values.Distinct(StringComparer.Ordinal).Count() != d.NamespaceMapping.Count
            ? "Two namespaces are mapped to the same one; each needs its own."
            : null;
    }

    /// <summary>The spec of this side's half. The definition must have no <see cref="Problem"/>.</summary>
    public static AppMirrorSpec ToSpec(MirrorDefinition d, string peer) => new()
    {
        Application = d.Application,
        Peer = peer,
        MirrorId = d.MirrorId,
        InitialRole = Enum.Parse<MirrorRole>(d.Role),
        NamespaceMapping = new Dictionary<string, string>(d.NamespaceMapping),
        StorageClassMapping = new Dictionary<string, string>(d.StorageClassMapping),
        Schedule = GoDuration.Parse(d.Schedule),
        WantedRpo = d.WantedRpo.Length == 0 ? null : GoDuration.Parse(d.WantedRpo),
        Retain = d.Retain,
        OnFenced = Enum.Parse<FencedAction>(d.OnFenced),
        RateLimitBytesPerSecond = d.RateLimitBytesPerSecond == 0 ? null : d.RateLimitBytesPerSecond,
        ReplicaVolumesOnDelete = Enum.Parse<ReplicaVolumesOnDelete>(d.ReplicaVolumesOnDelete),
        Verify = d.VerifySchedule.Length == 0 ? new MirrorVerifySpec() : new MirrorVerifySpec { Schedule = GoDuration.Parse(d.VerifySchedule) },
    };

    private static string PeerNamespace(AppMirrorSpec spec, string own) => spec.InitialRole == MirrorRole.Primary
        ? spec.NamespaceMapping.GetValueOrDefault(own, own)
        : spec.NamespaceMapping.FirstOrDefault(pair => pair.Value == own).Key ?? own;

    /// <summary>One of the enumeration's names; a number that stands for one is none.</summary>
    private static bool IsWordOf<T>(string text) where T : struct, Enum => Enum.GetNames<T>().Contains(text, StringComparer.Ordinal);
}
