namespace Tonari.EndToEnd.Tests.Web;

/// <summary>A page that can be looked at.</summary>
/// <param name="Name">What to call it, in a word or two.</param>
/// <param name="Address">Its address, relative to the first page.</param>
internal sealed record WebPage(string Name, string Address);

/// <summary>Every page there is behind the sign-in.</summary>
internal static class EveryPage
{
    /// <summary>All of them.</summary>
    /// <param name="replicated">An application that is replicated; also its namespace.</param>
    /// <param name="alone">One that is not; also its namespace.</param>
    public static IReadOnlyList<WebPage> Of(string replicated, string alone) =>
    [
        new("home", ""),
        new("applications", "applications"),
        new("define", $"applications/define?namespace={alone}"),
        new("application", $"applications/{replicated}/{replicated}"),
        new("edit", $"applications/{replicated}/{replicated}/edit"),
        new("replication", $"applications/{replicated}/{replicated}/replication"),
        new("snapshots", $"applications/{replicated}/{replicated}/snapshots"),
        new("hooks", $"applications/{replicated}/{replicated}/hooks"),
        new("hook", $"applications/{replicated}/{replicated}/hook"),
        new("application's activity", $"applications/{replicated}/{replicated}/activity"),
        new("not replicated", $"applications/{alone}/{alone}/replication"),
        new("configure, destination", $"applications/{alone}/{alone}/configure"),
        new("configure, policy", $"applications/{alone}/{alone}/configure?step=policy"),
        new("configure, check", $"applications/{alone}/{alone}/configure?step=check"),
        new("clusters", "clusters"),
        new("storage", "storage"),
        new("activity", "activity"),
    ];
}
