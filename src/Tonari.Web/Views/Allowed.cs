namespace Tonari.Web.Views;

/// <summary>Whether the caller may do something in Kubernetes.</summary>
/// <param name="May">He may.</param>
/// <param name="User">Who; null when he may.</param>
/// <param name="Missing">The permission he lacks, for example "patch appmirrors.tonari.dev in namespace shop"; null when he may.</param>
public sealed record Allowed(bool May, string? User = null, string? Missing = null)
{
    /// <summary>He may.</summary>
    public static Allowed Yes { get; } = new(true);

    /// <summary>He may not.</summary>
    public static Allowed No(string user, string missing) => new(false, user, missing);
}

/// <summary>What the caller may do in a namespace.</summary>
/// <param name="Namespace">Which.</param>
/// <param name="DefineApplication">Define an application.</param>
/// <param name="ChangeApplication">Change what an application is.</param>
/// <param name="DeleteApplication">Forget an application.</param>
/// <param name="Configure">Begin to replicate an application.</param>
/// <param name="ChangeMirror">Move, pause, resume or reconfigure a mirror.</param>
/// <param name="EndReplication">Delete a mirror.</param>
/// <param name="TakeSnapshot">Take a snapshot.</param>
/// <param name="DeleteSnapshot">Delete a snapshot.</param>
/// <param name="CreateHook">Make a hook.</param>
/// <param name="ChangeHook">Change a hook.</param>
/// <param name="DeleteHook">Delete a hook.</param>
public sealed record NamespaceRights(
    string Namespace, Allowed DefineApplication, Allowed ChangeApplication, Allowed DeleteApplication, Allowed Configure, Allowed ChangeMirror,
    Allowed EndReplication, Allowed TakeSnapshot, Allowed DeleteSnapshot, Allowed CreateHook, Allowed ChangeHook, Allowed DeleteHook);

/// <summary>What the caller may do with the cluster itself.</summary>
/// <param name="Invite">Make a token for another cluster, or accept one.</param>
/// <param name="RemovePeer">Part with a neighbour.</param>
/// <param name="ManagePool">Let volumes be made in a pool, or no more.</param>
public sealed record ClusterRights(Allowed Invite, Allowed RemovePeer, Allowed ManagePool);
