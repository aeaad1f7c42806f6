using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Informers;

/// <summary>How an informer keeps up.</summary>
public sealed record InformerOptions
{
    /// <summary>The kind; null: the one that the objects' type stands for.</summary>
    public ResourceKind? Kind { get; init; }

    /// <summary>Only the objects' metadata travels.</summary>
    public bool MetadataOnly { get; init; }

    /// <summary>Namespace; null: all of them.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector; null: all objects.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector; null: all objects.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>
    /// A watch on which nothing came for this long, not even a bookmark (servers send one about every minute), counts as dead: everything is listed again.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Everything is listed again and told to the handlers at this interval, however lively the watch seems: events can get lost.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>First pause after a failure; doubles up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>See <see cref="FirstPause"/>.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>A change of an object, or a resync of one that has not changed.</summary>
/// <param name="Old">Before; null when it is new.</param>
/// <param name="New">After; null when it is gone.</param>
/// <typeparam name="T">Type of the object.</typeparam>
public sealed record InformerChange<T>(T? Old, T? New)
    where T : class
{
    /// <summary>The object as last seen.</summary>
    public T Value => New ?? Old!;
}
