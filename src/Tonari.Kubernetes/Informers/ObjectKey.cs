using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Informers;

/// <summary>Which object of a kind.</summary>
/// <param name="Namespace">Its namespace; empty for cluster-scoped kinds.</param>
/// <param name="Name">Its name.</param>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    /// <summary>The key of an object.</summary>
    public static ObjectKey Of(IKubernetesObject<V1ObjectMeta> value) => new(value.Metadata.NamespaceProperty ?? "", value.Metadata.Name);

    /// <summary>The key of an object.</summary>
    public static ObjectKey Of(JsonObject value) => new(value.Namespace() ?? "", value.Name());

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
