namespace Tonari.Web.Views;

/// <summary>How something that was done stands.</summary>
public enum ActivityOutcome
{
    /// <summary>It is still being done.</summary>
    Running,

    /// <summary>It reached its aim.</summary>
    Succeeded,

    /// <summary>It did not.</summary>
    Failed,

    /// <summary>It was not begun: whoever asked may not, or it could not be done as things were.</summary>
    Refused,

    /// <summary>It was asked for; the mirror has not taken it up yet, or does not remember its end any more.</summary>
    Asked,
}

/// <summary>By whom something was done.</summary>
public enum ActivityActor
{
    /// <summary>A user of the web interface or the REST API of this cluster.</summary>
    User,

    /// <summary>Tonari itself, by a schedule.</summary>
    Tonari,

    /// <summary>Not known: asked for with kubectl or on the other cluster, or somebody who was not let in.</summary>
    Unknown,
}
