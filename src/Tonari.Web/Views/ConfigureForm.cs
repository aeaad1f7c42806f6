using System.Globalization;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Actions;

namespace Tonari.Web.Views;

/// <summary>The steps of configuring a replication, in their order.</summary>
public enum ConfigureStep
{
    /// <summary>Where to, and under which names.</summary>
    Destination,

    /// <summary>How often, how much is kept, and what happens when the other side takes over.</summary>
    Policy,

    /// <summary>What both clusters say of it, and what will be saved.</summary>
    Check,
}

/// <summary>What stands in the way of going on.</summary>
/// <param name="Field">Id of the input.</param>
/// <param name="Mistake">What is wrong with it.</param>
public sealed record FormProblem(string Field, FormMistake Mistake);

/// <summary>What can be wrong with what was typed.</summary>
public enum FormMistake
{
    /// <summary>No neighbour is chosen.</summary>
    NoPeer,

    /// <summary>It is no name of a namespace.</summary>
    NoNamespace,

    /// <summary>Two namespaces would become one.</summary>
    SameNamespace,

    /// <summary>No storage class is chosen, or it is no name of one.</summary>
    NoClass,

    /// <summary>It is no duration, or one that is too short for a schedule.</summary>
    NoSchedule,

    /// <summary>It is no duration.</summary>
    NoDuration,

    /// <summary>It is no number from 1 to 100.</summary>
    NoRetain,

    /// <summary>It is no rate.</summary>
    NoRate,
}

/// <summary>
/// What is being typed to configure a replication, as texts: what is half typed is kept as well. What it means is derived; nothing here does anything.
/// </summary>
public sealed partial class ConfigureForm
{
    /// <summary>Name of the neighbour.</summary>
    public string Peer { get; set; } = "";

    /// <summary>Names on the neighbour by names of namespaces here; those that are missing keep their names.</summary>
    public Dictionary<string, string> Namespaces { get; set; } = [];

    /// <summary>Names on the neighbour by names of storage classes here; those that are missing keep their names.</summary>
    public Dictionary<string, string> Classes { get; set; } = [];

    /// <summary>From the start of one sync to the start of the next.</summary>
    public string Schedule { get; set; } = "5m";

    /// <summary>How old the newest group snapshot may become; empty: twice the schedule.</summary>
    public string WantedRpo { get; set; } = "";

    /// <summary>Group snapshots kept on each side.</summary>
    public string Retain { get; set; } = "3";

    /// <summary>What this side does when the other has taken over.</summary>
    public FencedAction OnFenced { get; set; } = FencedAction.Stop;

    /// <summary>Limit of all transfers together, MiB per second; empty: none.</summary>
    public string RateLimit { get; set; } = "";

    /// <summary>The schedule; null while it is none.</summary>
    public TimeSpan? Every => Duration(Schedule) is { } every && every >= MirrorLimits.ShortestSchedule ? every : null;

    /// <summary>The wanted RPO, typed or derived; null while it is none.</summary>
    public TimeSpan? Rpo => string.IsNullOrWhiteSpace(WantedRpo) ? 2 * Every : Duration(WantedRpo) is { } rpo && rpo > TimeSpan.Zero ? rpo : null;

    /// <summary>Group snapshots kept; null while that is no number from 1 to 100.</summary>
    public int? Kept => int.TryParse(Retain, NumberStyles.None, CultureInfo.InvariantCulture, out var kept) && kept is >= 1 and <= 100 ? kept : null;

    /// <summary>Bytes per second; null: no limit, or none that can be understood.</summary>
    public long? BytesPerSecond =>
        double.TryParse(RateLimit, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate * (1 << 20) is >= 1 and < long.MaxValue
            ? (long)(rate * (1 << 20))
            : null;

    /// <summary>Where to and under which names, as one text: what both clusters say of it holds as long as it stays the same.</summary>
    public string Destination => string.Join('\n', [
        Peer, .. Namespaces.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key}={n.Value}"), .. Classes.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}={c.Value}")]);

    /// <summary>Where a namespace goes.</summary>
    public string NamespaceThere(string here) => Namespaces.TryGetValue(here, out var there) ? there.Trim() : here;

    /// <summary>Where the volumes of a storage class go.</summary>
    public string ClassThere(string here) => Classes.TryGetValue(here, out var there) ? there.Trim() : here;

    /// <summary>Chooses where a class is not there under its own name and nobody has chosen yet: the only one there is, or none, so that somebody chooses.</summary>
    /// <param name="subject">What is to be replicated.</param>
    /// <param name="offered">Classes that the neighbour offers; null while it has not said.</param>
    public void Suggest(ReplicationSubject subject, IReadOnlyList<string>? offered)
    {
        if (offered is null or [])
            return;
        foreach (var one in subject.Classes.Where(c => !Classes.ContainsKey(c.Name) && !offered.Contains(c.Name, StringComparer.Ordinal)))
            Classes[one.Name] = offered is [var only] ? only : "";
    }

    /// <summary>What keeps a step from being left for the next one; empty when nothing does.</summary>
    public IReadOnlyList<FormProblem> ProblemsOf(ConfigureStep step, ReplicationSubject subject) => step switch
    {
        ConfigureStep.Destination => [.. DestinationProblems(subject)],
        ConfigureStep.Policy => [.. PolicyProblems()],
        _ => [.. DestinationProblems(subject), .. PolicyProblems()],
    };

    /// <summary>The furthest step that may be looked at: the first one that is not complete.</summary>
    public ConfigureStep Furthest(ReplicationSubject subject) =>
        Enum.GetValues<ConfigureStep>().FirstOrDefault(step => ProblemsOf(step, subject).Count > 0, ConfigureStep.Check);

    /// <summary>What is to be saved. To be asked for only where no step has a problem.</summary>
    public ConfigureRequest ToRequest(ReplicationSubject subject) => new(
        subject.Application,
        Peer.Trim(),
        Schedule: Every is { } every ? new GoDuration(every) : null,
        WantedRpo: !string.IsNullOrWhiteSpace(WantedRpo) && Rpo is { } rpo ? new GoDuration(rpo) : null,
        Retain: Kept,
        OnFenced: OnFenced,
        NamespaceMapping: Changed(subject.Namespaces, NamespaceThere),
        StorageClassMapping: Changed(subject.Classes.Select(c => c.Name), ClassThere),
        RateLimitBytesPerSecond: BytesPerSecond,
        Define: !subject.Defined);

    private static Dictionary<string, string> Changed(IEnumerable<string> names, Func<string, string> there) =>
        names.Where(name => there(name) != name).ToDictionary(name => name, there, StringComparer.Ordinal);

    private IEnumerable<FormProblem> DestinationProblems(ReplicationSubject subject)
    {
        if (string.IsNullOrWhiteSpace(Peer))
            yield return new("peer", FormMistake.NoPeer);
        foreach (var ns in subject.Namespaces.Where(n => !NameForms.IsLabel(NamespaceThere(n))))
            yield return new("namespace-" + ns, FormMistake.NoNamespace);
        foreach (var ns in subject.Namespaces.GroupBy(NamespaceThere).SelectMany(same => same.Skip(1)))
            yield return new("namespace-" + ns, FormMistake.SameNamespace);
        foreach (var one in subject.Classes.Where(c => !NameForms.IsSubdomain(ClassThere(c.Name))))
            yield return new("class-" + one.Name, FormMistake.NoClass);
    }

    private IEnumerable<FormProblem> PolicyProblems()
    {
        if (Every is null)
            yield return new("schedule", FormMistake.NoSchedule);
        if (!string.IsNullOrWhiteSpace(WantedRpo) && Rpo is null)
            yield return new("rpo", FormMistake.NoDuration);
        if (Kept is null)
            yield return new("retain", FormMistake.NoRetain);
        if (!string.IsNullOrWhiteSpace(RateLimit) && BytesPerSecond is null)
            yield return new("rate", FormMistake.NoRate);
    }

    private static TimeSpan? Duration(string text) => GoDuration.TryParse(text.Trim(), out var duration) ? duration.Value : null;
}

/// <summary>The application that is to be replicated, as far as it is known.</summary>
/// <param name="Application">Its name.</param>
/// <param name="Defined">There is an Application object; else it is made when saved, as everything in its namespace.</param>
/// <param name="Namespaces">Namespaces it holds objects of.</param>
/// <param name="Volumes">Its volumes.</param>
public sealed record ReplicationSubject(string Application, bool Defined, IReadOnlyList<string> Namespaces, IReadOnlyList<PreflightVolumeView> Volumes)
{
    /// <summary>Its volumes by storage class; those without one are in none.</summary>
    public IReadOnlyList<SubjectClass> Classes { get; } =
    [
        .. Volumes.Where(v => v.StorageClass is not null).GroupBy(v => v.StorageClass!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new SubjectClass(g.Key, [.. g.OrderBy(v => v.Key, StringComparer.Ordinal)])),
    ];

    /// <summary>Derives it.</summary>
    /// <param name="ns">Namespace of the application.</param>
    /// <param name="name">Its name.</param>
    /// <param name="application">The application; null where it is not defined.</param>
    /// <param name="report">What preflight found, which looks into namespaces that belong to no application yet.</param>
    public static ReplicationSubject Of(string ns, string name, ApplicationView? application, PreflightReport? report)
    {
        IReadOnlyList<PreflightVolumeView> described = [.. (application?.Volumes ?? []).Select(v => new PreflightVolumeView($"{v.Namespace}/{v.Claim}", v.SizeBytes, v.StorageClass))];
        return new ReplicationSubject(
            name, application?.Defined == true, application?.Namespaces ?? [ns], report is { Volumes.Count: > 0 } ? report.Volumes : described);
    }
}

/// <summary>A storage class of the application.</summary>
/// <param name="Name">Its name here.</param>
/// <param name="Volumes">The volumes of it.</param>
public sealed record SubjectClass(string Name, IReadOnlyList<PreflightVolumeView> Volumes);
