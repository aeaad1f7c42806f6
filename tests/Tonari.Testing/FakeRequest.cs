using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Testing;

/// <summary>A request that a <see cref="FakeKubernetesApi"/> got.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete or exec.</param>
/// <param name="Kind">Of what.</param>
/// <param name="Namespace">Where.</param>
/// <param name="Name">Which.</param>
/// <param name="Body">What was sent.</param>
public sealed record FakeRequest(string Verb, ResourceKind Kind, string? Namespace, string? Name, JsonObject? Body)
{
    /// <summary>In whose name; null: in that of whoever holds the API.</summary>
    public ApiUser? User { get; init; }

    /// <summary>Changes something.</summary>
    public bool Writes => Verb is "create" or "update" or "patch" or "delete";
}
