namespace Tonari.Web.Components.Layout;

/// <summary>Addresses of pages, relative to the first one. What a page shows is in its address, so that it can be sent to somebody.</summary>
internal static class Addresses
{
    /// <summary>All applications.</summary>
    public const string Applications = "applications";

    /// <summary>Neighbours.</summary>
    public const string Clusters = "clusters";

    /// <summary>Pools and storage classes.</summary>
    public const string Storage = "storage";

    /// <summary>Who did what.</summary>
    public const string Activity = "activity";

    /// <summary>Where an application is defined.</summary>
    public static string Define(string? ns = null) => "applications/define" + (ns is null ? "" : "?namespace=" + Escaped(ns));

    /// <summary>The applications that are protected in one way, or in whose names the words are found.</summary>
    public static string ApplicationsWith(Views.Protection? protection, string words = "")
    {
        string[] parts = [.. protection is { } one ? [$"protection={one}"] : Array.Empty<string>(), .. words.Length > 0 ? [$"q={Escaped(words)}"] : Array.Empty<string>()];
        return parts.Length == 0 ? Applications : $"{Applications}?{string.Join('&', parts)}";
    }

    /// <summary>An application.</summary>
    public static string Application(string ns, string name, ApplicationTab tab = ApplicationTab.Overview) =>
        $"applications/{Escaped(ns)}/{Escaped(name)}{(tab == ApplicationTab.Overview ? "" : "/" + tab.ToString().ToLowerInvariant())}";

    /// <summary>Its replication.</summary>
    public static string Replication(string ns, string application) => Application(ns, application, ApplicationTab.Replication);

    /// <summary>Where what it is can be changed.</summary>
    public static string Edit(string ns, string application) => $"applications/{Escaped(ns)}/{Escaped(application)}/edit";

    /// <summary>Where its replication is configured.</summary>
    public static string Configure(string ns, string application, Views.ConfigureStep step = Views.ConfigureStep.Destination) =>
        $"applications/{Escaped(ns)}/{Escaped(application)}/configure{(step == Views.ConfigureStep.Destination ? "" : "?step=" + step.ToString().ToLowerInvariant())}";

    /// <summary>A hook; a new one without name, which may begin with a template.</summary>
    public static string Hook(string ns, string application, string? hook = null, string? template = null) =>
        $"applications/{Escaped(ns)}/{Escaped(application)}/hook{(hook is null ? "" : "/" + Escaped(hook))}{(template is null ? "" : "?template=" + Escaped(template))}";

    private static string Escaped(string part) => Uri.EscapeDataString(part);
}

/// <summary>What can be looked at of an application.</summary>
public enum ApplicationTab
{
    /// <summary>What it is made of and how it is.</summary>
    Overview,

    /// <summary>Both clusters, and every move.</summary>
    Replication,

    /// <summary>Points in time.</summary>
    Snapshots,

    /// <summary>Commands that run at stages of Tonari's work.</summary>
    Hooks,

    /// <summary>Who did what.</summary>
    Activity,
}
