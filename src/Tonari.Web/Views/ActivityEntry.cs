namespace Tonari.Web.Views;

/// <summary>Something a user did, as the journal keeps it.</summary>
/// <param name="At">When he asked.</param>
/// <param name="User">His name; null where it is not known: a refused sign-in.</param>
/// <param name="Kind">What.</param>
/// <param name="Outcome">What came of asking; of an operation that was accepted, the mirror knows more.</param>
internal sealed record ActivityEntry(DateTimeOffset At, string? User, ActivityKind Kind, ActivityOutcome Outcome)
{
    /// <summary>Namespace of the object; null for what belongs to the whole cluster.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name of the object.</summary>
    public string? Name { get; init; }

    /// <summary>Name of the application it is about.</summary>
    public string? Application { get; init; }

    /// <summary>Id of the operation that was asked for.</summary>
    public string? Operation { get; init; }

    /// <summary>What came of it, or what else is worth knowing.</summary>
    public string? Message { get; init; }
}
