using Tonari.Web.Access;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>Something a user asks for, as it is judged, logged and kept in the journal.</summary>
/// <param name="Kind">What.</param>
/// <param name="Namespace">Of the object; null for what belongs to the whole cluster.</param>
/// <param name="Name">Of the object.</param>
/// <param name="Needs">Every permission it takes; asked for before anything is read or written.</param>
internal sealed record UserAction(ActivityKind Kind, string? Namespace, string? Name, params IReadOnlyList<Permission> Needs)
{
    /// <summary>Name of the application it is about; null: none.</summary>
    public string? Application { get; init; }

    /// <summary>Id of the operation that is asked for, by which its end is found.</summary>
    public string? Operation { get; init; }

    /// <summary>What else is worth knowing, in English. Never a secret: it is shown and kept.</summary>
    public string? Detail { get; init; }
}
