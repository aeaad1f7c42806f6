namespace Tonari.Web.Views;

/// <summary>Which applications of a list are looked at.</summary>
/// <param name="Words">Found in name, namespaces or names of clusters, all of them; empty: every application.</param>
/// <param name="Protection">Protected just so; null: however.</param>
internal sealed record ApplicationFilter(string Words, Protection? Protection)
{
    /// <summary>As it stands in an address. What is not understood filters nothing.</summary>
    public static ApplicationFilter Of(string? words, string? protection) =>
        new(words?.Trim() ?? "", Enum.TryParse<Protection>(protection, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null);

    /// <summary>The applications that are looked at.</summary>
    public IReadOnlyList<ApplicationView> Of(IEnumerable<ApplicationView> applications) =>
        [.. applications.Where(a => (Protection is null || a.Protection == Protection) && Finds([a.Name, .. a.Namespaces, a.From ?? "", a.To ?? ""]))];

    /// <summary>The discovered namespaces that are looked at: none has a protection.</summary>
    public IReadOnlyList<DiscoveredNamespaceView> Of(IEnumerable<DiscoveredNamespaceView> namespaces) =>
        [.. namespaces.Where(n => Protection is null && Finds([n.Name]))];

    private bool Finds(IReadOnlyList<string> texts) =>
        Words.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => texts.Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase)));
}
