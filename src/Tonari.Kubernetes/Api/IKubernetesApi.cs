using System.Text.Json.Nodes;

namespace Tonari.Kubernetes.Api;

/// <summary>
/// The Kubernetes API as Tonari uses it, untyped; typed forms are in <see cref="TypedApi"/>. Every request has a time-out.
/// All methods throw <see cref="KubernetesApiException"/> or one of its kinds when the server refuses or cannot be reached.
/// </summary>
public interface IKubernetesApi
{
    /// <summary>
    /// The same server, asked in a user's name (impersonation): it judges by his rights and not by ours, and its audit log names him beside us.
    /// Not for commands in containers. Costs nothing to make, and needs no disposal.
    /// </summary>
    public IKubernetesApi As(ApiUser user);

    /// <summary>One object.</summary>
    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    public Task<JsonObject> GetAsync(ResourceKind kind, string? ns, string name, CancellationToken ct);

    /// <summary>All objects of a kind, fetched in pages. Without namespace: in all namespaces.</summary>
    public Task<ObjectList> ListAsync(ResourceKind kind, string? ns, ListOptions options, CancellationToken ct);

    /// <summary>
    /// Changes from a resource version on. Ends normally when the server ends it; the caller watches again from the last version seen.
    /// </summary>
    /// <exception cref="ResourceVersionExpiredException">List again.</exception>
    public IAsyncEnumerable<WatchEvent> WatchAsync(ResourceKind kind, string? ns, WatchOptions options, CancellationToken ct);

    /// <summary>Creates an object; its namespace is the one in its metadata.</summary>
    /// <exception cref="ResourceAlreadyExistsException">One of that name exists.</exception>
    public Task<JsonObject> CreateAsync(ResourceKind kind, JsonObject value, CancellationToken ct);

    /// <summary>Replaces an object, or one of its subresources. With a resource version in its metadata only if it has not changed.</summary>
    /// <exception cref="ResourceConflictException">It has changed.</exception>
    public Task<JsonObject> ReplaceAsync(ResourceKind kind, JsonObject value, string? subresource, CancellationToken ct);

    /// <summary>Changes parts of an object, or of one of its subresources.</summary>
    public Task<JsonObject> PatchAsync(ResourceKind kind, string? ns, string name, ObjectPatch patch, string? subresource, CancellationToken ct);

    /// <summary>Deletes an object; done when the server has accepted it, which may be before it is gone.</summary>
    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    /// <exception cref="ResourceConflictException">A precondition is not met.</exception>
    public Task DeleteAsync(ResourceKind kind, string? ns, string name, DeleteOptions options, CancellationToken ct);

    /// <summary>
    /// Every kind the server serves, each in its preferred version, with its verbs. Remembered; <paramref name="refresh"/> asks again.
    /// Groups whose own server does not answer are left out and named.
    /// </summary>
    public Task<ApiDiscovery> DiscoverAsync(bool refresh, CancellationToken ct);

    /// <summary>Runs a command in a container.</summary>
    /// <exception cref="ResourceNotFoundException">There is no such pod.</exception>
    public Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken ct);
}

/// <summary>What to list.</summary>
/// <param name="LabelSelector">Label selector; all objects when null.</param>
/// <param name="FieldSelector">Field selector; all objects when null.</param>
public sealed record ListOptions(string? LabelSelector = null, string? FieldSelector = null)
{
    /// <summary>Everything.</summary>
    public static ListOptions All { get; } = new();

    /// <summary>The objects' metadata is enough (<c>PartialObjectMetadataList</c> of meta.k8s.io/v1).</summary>
    public bool MetadataOnly { get; init; }
}

/// <summary>Objects and the resource version at which they were listed.</summary>
/// <param name="ResourceVersion">Watch from here.</param>
/// <param name="Items">The objects, each with its <c>apiVersion</c> and <c>kind</c>.</param>
public sealed record ObjectList(string ResourceVersion, IReadOnlyList<JsonObject> Items);

/// <summary>What to watch.</summary>
/// <param name="ResourceVersion">Changes after this version.</param>
/// <param name="Timeout">The server ends the watch after this time.</param>
public sealed record WatchOptions(string ResourceVersion, TimeSpan Timeout)
{
    /// <summary>Label selector; all objects when null.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector; all objects when null.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>The objects' metadata is enough (<c>PartialObjectMetadata</c> of meta.k8s.io/v1).</summary>
    public bool MetadataOnly { get; init; }
}

/// <summary>What happened to an object.</summary>
public enum WatchChange
{
    /// <summary>It exists now.</summary>
    Added,

    /// <summary>It has changed.</summary>
    Modified,

    /// <summary>It is gone; the object is its last form.</summary>
    Deleted,

    /// <summary>Nothing happened up to this resource version.</summary>
    Bookmark,
}

/// <summary>A change.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Value">The object.</param>
public sealed record WatchEvent(WatchChange Type, JsonObject Value);

/// <summary>A change to parts of an object.</summary>
public abstract record ObjectPatch
{
    /// <summary>RFC 7386: what is given replaces, null removes, lists are replaced as a whole.</summary>
    /// <param name="Body">The patch.</param>
    public sealed record Merge(JsonObject Body) : ObjectPatch;

    /// <summary>RFC 6902: a list of operations, all or none.</summary>
    /// <param name="Operations">The operations.</param>
    public sealed record Json(JsonArray Operations) : ObjectPatch;

    /// <summary>Server-side apply: the object as the field manager wants it; created if it does not exist.</summary>
    /// <param name="Body">The object; its metadata name and namespace must be those of the request.</param>
    /// <param name="FieldManager">Who wants it.</param>
    /// <param name="Force">Take fields over from other managers instead of failing with a conflict.</param>
    public sealed record Apply(JsonObject Body, string FieldManager, bool Force) : ObjectPatch;
}

/// <summary>What becomes of the objects that a deleted object owns.</summary>
public enum DeletePropagation
{
    /// <summary>They are deleted after it.</summary>
    Background,

    /// <summary>They are deleted before it is gone.</summary>
    Foreground,

    /// <summary>They stay.</summary>
    Orphan,
}

/// <summary>How to delete.</summary>
public sealed record DeleteOptions
{
    /// <summary>Delete only the object with this uid.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only if it is still at this version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>What becomes of what it owns.</summary>
    public DeletePropagation Propagation { get; init; } = DeletePropagation.Background;

    /// <summary>Grace period, seconds; the object's own when null.</summary>
    public int? GracePeriodSeconds { get; init; }
}

/// <summary>What a server serves.</summary>
/// <param name="Kinds">Every kind in its preferred version.</param>
/// <param name="Unavailable">API groups whose server did not answer.</param>
public sealed record ApiDiscovery(IReadOnlyList<ResourceKind> Kinds, IReadOnlyList<string> Unavailable)
{
    /// <summary>The kind of that name; null if the server does not have it.</summary>
    public ResourceKind? Find(string group, string kind) => Kinds.FirstOrDefault(k => k.Is(group, kind));
}

/// <summary>A command to run.</summary>
/// <param name="Namespace">Namespace of the pod.</param>
/// <param name="Pod">Name of the pod.</param>
/// <param name="Container">Name of the container.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Timeout">How long it may take.</param>
public sealed record ExecRequest(string Namespace, string Pod, string Container, IReadOnlyList<string> Command, TimeSpan Timeout)
{
    /// <summary>How much is kept of standard output and of standard error, bytes each; the rest is read and dropped.</summary>
    public int OutputLimit { get; init; } = 64 * 1024;
}

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null when it did not end in time or could not be started.</param>
/// <param name="StandardOutput">What it wrote, UTF-8, cut at the limit.</param>
/// <param name="StandardError">What it wrote, UTF-8, cut at the limit.</param>
/// <param name="Problem">Why there is no exit code.</param>
public sealed record ExecResult(int? ExitCode, string StandardOutput, string StandardError, string? Problem)
{
    /// <summary>It ended with 0.</summary>
    public bool Succeeded => ExitCode == 0;
}
