namespace Tonari.Web.Views;

/// <summary>Which activity is wanted; what is null does not matter.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Application">Name of the application.</param>
/// <param name="User">Part of the user's name, in whatever case.</param>
/// <param name="By">Users, Tonari itself, or whoever is not known.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="From">Not before this.</param>
/// <param name="To">Before this.</param>
/// <param name="Words">Found in the user's name, the object's, the application's or the message, in whatever case.</param>
public sealed record ActivityFilter(
    string? Namespace = null, string? Application = null, string? User = null, ActivityActor? By = null, ActivityKind? Kind = null,
    ActivityOutcome? Outcome = null, DateTimeOffset? From = null, DateTimeOffset? To = null, string? Words = null)
{
    /// <summary>Everything.</summary>
    public static ActivityFilter All { get; } = new();

    /// <summary>Whether it is wanted.</summary>
    public bool Matches(ActivityView view) =>
        (Namespace is null || view.Namespace == Namespace)
        && (Application is null || view.Application == Application)
        && (User is null || view.User?.Contains(User, StringComparison.OrdinalIgnoreCase) == true)
        && (By is null || view.By == By)
        && (Kind is null || view.Kind == Kind)
        && (Outcome is null || view.Outcome == Outcome)
        && (From is null || view.StartedAt >= From)
        && (To is null || view.StartedAt < To)
        && (Words is null || new[] { view.User, view.Name, view.Application, view.Message }.Any(t => t?.Contains(Words, StringComparison.OrdinalIgnoreCase) == true));
}
