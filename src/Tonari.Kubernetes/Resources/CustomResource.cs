using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Tonari.Kubernetes.Resources;

/// <summary>A custom resource of the group <c>tonari.dev</c>.</summary>
public abstract class CustomResource<TSpec, TStatus>(string kind) : IKubernetesObject<V1ObjectMeta>, ISpec<TSpec>, IStatus<TStatus?>
    where TSpec : class, new()
    where TStatus : class
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = kind;

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the user wants.</summary>
    public TSpec Spec { get; set; } = new();

    /// <summary>What Tonari knows; null until a controller has seen the object.</summary>
    public TStatus? Status { get; set; }

    /// <summary>Name of the object.</summary>
    [JsonIgnore]
    public string Name => Metadata.Name;

    /// <summary>Namespace of the object; empty for cluster-scoped kinds.</summary>
    [JsonIgnore]
    public string Namespace => Metadata.NamespaceProperty ?? "";
}

/// <summary>How a custom resource is installed: what the CRD needs beyond the shape of its type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CustomResourceInfoAttribute(params string[] shortNames) : Attribute
{
    /// <summary>Whether its objects live in namespaces.</summary>
    public bool Namespaced { get; init; } = true;

    /// <summary>Short names for kubectl.</summary>
    public IReadOnlyList<string> ShortNames { get; } = shortNames;
}

/// <summary>A column of <c>kubectl get</c>.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string type, string jsonPath) : Attribute
{
    /// <summary>Heading.</summary>
    public string Name { get; } = name;

    /// <summary>OpenAPI type: <c>string</c>, <c>integer</c>, <c>boolean</c> or <c>date</c> (shown as an age).</summary>
    public string Type { get; } = type;

    /// <summary>Where the value is.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>0: always shown; above: only with <c>-o wide</c>.</summary>
    public int Priority { get; init; }
}

/// <summary>The form of each item of a list, or of each value of a map. Keys of maps have none: schemas cannot say it.</summary>
/// <param name="longest">Longest text, characters.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EachAttribute(int longest) : Attribute
{
    /// <summary>Longest text, characters.</summary>
    public int Longest { get; } = longest;

    /// <summary>Regular expression that each matches; null: any text.</summary>
    public string? Pattern { get; init; }
}

/// <summary>The properties of this property's value are written into the surrounding object.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonInlineAttribute : Attribute;
