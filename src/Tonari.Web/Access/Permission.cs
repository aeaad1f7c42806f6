using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;

namespace Tonari.Web.Access;

/// <summary>One thing one may be allowed to do, in the terms of Kubernetes' RBAC.</summary>
/// <param name="Verb">get, list, watch, create, update, patch or delete.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resource">Plural.</param>
/// <param name="Namespace">Null: in all namespaces, or cluster-scoped.</param>
/// <param name="Name">Null: any object.</param>
internal sealed record Permission(string Verb, string Group, string Resource, string? Namespace = null, string? Name = null)
{
    /// <summary>On objects of a C# type.</summary>
    public static Permission To<T>(string verb, string? ns = null, string? name = null)
    {
        var kind = ResourceKind.Of<T>();
        return new Permission(verb, kind.Group, kind.Plural, ns, name);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var resource = Group.Length == 0 ? Resource : Group == WellKnown.Group ? $"{Resource}.{WellKnown.Group}" : $"{Resource}.{Group}";
        return $"{Verb} {resource}{(Name is null ? "" : " " + Name)}{(Namespace is null ? "" : " in namespace " + Namespace)}";
    }
}
