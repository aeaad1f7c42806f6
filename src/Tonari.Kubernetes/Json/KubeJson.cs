using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Json;

/// <summary>
/// How objects of the Kubernetes API are read and written: camelCase, enumerations as strings, nulls left out, RFC 3339 UTC times.
/// By reflection, because the source generator gives init-only properties that are missing in the text null instead of their initial value.
/// </summary>
public static class KubeJson
{
    /// <summary>The one set of options, for Kubernetes' own types and for ours.</summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    /// <summary>An object's JSON.</summary>
    public static JsonObject ToJson<T>(T value) => JsonSerializer.SerializeToNode(value, Options)!.AsObject();

    /// <summary>The typed form of an object's JSON.</summary>
    /// <exception cref="JsonException">The object does not have the form of the type.</exception>
    public static T FromJson<T>(JsonNode json) =>
        json.Deserialize<T>(Options) ?? throw new JsonException($"Expected a {typeof(T).Name} but found null.");

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { InlineProperties } },
        };
        options.Converters.Add(new JsonStringEnumConverter());
        // MicroTime (Lease) is only accepted with six digits; the package's converter knows.
        options.Converters.Add(new KubernetesJson.KubernetesDateTimeConverter());
        options.Converters.Add(new UtcTimeConverter());
        options.MakeReadOnly();
        return options;
    }

    private static void InlineProperties(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        var inlined = type.Type.GetProperties().Where(property => property.IsDefined(typeof(JsonInlineAttribute), inherit: false));
        foreach (var property in inlined)
        {
            foreach (var inner in new DefaultJsonTypeInfoResolver().GetTypeInfo(property.PropertyType, type.Options).Properties)
            {
                var outer = type.CreateJsonPropertyInfo(inner.PropertyType, inner.Name);
                if (inner.Get is { } get)
                    outer.Get = owner => get(property.GetValue(owner)!);
                if (inner.Set is { } set)
                    outer.Set = (owner, value) => set(property.GetValue(owner)!, value);
                type.Properties.Add(outer);
            }
        }
    }
}
