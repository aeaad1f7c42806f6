using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Tests.Schema;

/// <summary>
/// From a custom resource's C# type to its CustomResourceDefinition. Required, ranges, patterns and lengths come from the attributes,
/// defaults from the initial values of spec properties, descriptions from the doc comments. No CEL: Kubernetes 1.20 has none.
/// </summary>
internal sealed class CrdGenerator(DocComments docs)
{
    private const int MostLabels = 100;

    private static readonly NullabilityInfoContext Nullability = new();

    public JsonObject Generate(Type type)
    {
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()!;
        var info = type.GetCustomAttribute<CustomResourceInfoAttribute>()!;
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{entity.PluralName}.{entity.Group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = entity.Group,
                ["names"] = new JsonObject
                {
                    ["kind"] = entity.Kind,
                    ["listKind"] = entity.Kind + "List",
                    ["plural"] = entity.PluralName,
                    ["singular"] = entity.Kind.ToLowerInvariant(),
                    ["shortNames"] = new JsonArray([.. info.ShortNames.Select(name => (JsonNode)name)]),
                    ["categories"] = new JsonArray("tonari"),
                },
                ["scope"] = info.Namespaced ? "Namespaced" : "Cluster",
                ["versions"] = new JsonArray(Version(type, entity.ApiVersion)),
            },
        };
    }

    private JsonObject Version(Type type, string version) => new()
    {
        ["name"] = version,
        ["served"] = true,
        ["storage"] = true,
        ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
        ["additionalPrinterColumns"] = new JsonArray([.. type.GetCustomAttributes<PrinterColumnAttribute>().Select(Column)]),
        ["schema"] = new JsonObject
        {
            ["openAPIV3Schema"] = new JsonObject
            {
                ["description"] = docs.Of(type),
                ["type"] = "object",
                ["required"] = new JsonArray("spec"),
                ["properties"] = new JsonObject
                {
                    ["apiVersion"] = new JsonObject { ["type"] = "string" },
                    ["kind"] = new JsonObject { ["type"] = "string" },
                    ["metadata"] = new JsonObject { ["type"] = "object" },
                    ["spec"] = ObjectOf(type.GetProperty("Spec")!.PropertyType, isSpec: true),
                    ["status"] = ObjectOf(type.GetProperty("Status")!.PropertyType, isSpec: false),
                },
            },
        },
    };

    private static JsonNode Column(PrinterColumnAttribute column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Priority > 0)
            json["priority"] = column.Priority;
        return json;
    }

    private JsonObject ObjectOf(Type type, bool isSpec)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        var initial = isSpec && type.GetConstructor(Type.EmptyTypes) is { } make ? make.Invoke(null) : null;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.IsDefined(typeof(JsonInlineAttribute)))
            {
                foreach (var (name, inner) in ObjectOf(property.PropertyType, isSpec)["properties"]!.AsObject())
                    properties.Add(name, inner!.DeepClone());
                continue;
            }
            if (property.IsDefined(typeof(JsonIgnoreAttribute)) || !property.CanWrite)
                continue;
            var schema = PropertyOf(property, isSpec);
            var isRequired = property.IsDefined(typeof(RequiredAttribute)) || (isSpec && IsRequiredParameter(type, property));
            if (isRequired)
                required.Add(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
            else if (initial is not null && DefaultOf(property, initial) is { } value)
                schema["default"] = value;
            properties.Add(JsonNamingPolicy.CamelCase.ConvertName(property.Name), schema);
        }
        var json = new JsonObject { ["type"] = "object" };
        if (docs.Of(type) is { } description)
            json["description"] = description;
        if (required.Count > 0)
            json["required"] = required;
        // A controller newer than its CRD must not lose what it wrote down.
        if (!isSpec)
            json["x-kubernetes-preserve-unknown-fields"] = true;
        json["properties"] = properties;
        return json;
    }

    private static bool IsRequiredParameter(Type type, PropertyInfo property) =>
        type.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => p.Name == property.Name && !p.HasDefaultValue);

    private static JsonNode? DefaultOf(PropertyInfo property, object initial)
    {
        var value = property.GetValue(initial);
        var node = JsonSerializer.SerializeToNode(value, property.PropertyType, KubeJson.Options);
        var type = property.PropertyType;
        return node switch
        {
            null or JsonObject or JsonArray { Count: 0 } => null,
            JsonValue when type == typeof(string) && Equals(value, "") => null,
            JsonValue when type.IsPrimitive && Equals(value, Activator.CreateInstance(type)) => null,
            _ => node,
        };
    }

    private JsonObject PropertyOf(PropertyInfo property, bool isSpec)
    {
        var schema = SchemaOf(property.PropertyType, isSpec);
        if (docs.Of(property) is { } description)
        {
            schema.Remove("description");
            schema.Insert(0, "description", description);
        }
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
            schema["enum"] = new JsonArray([.. allowed.Values.Select(value => (JsonNode)value!.ToString()!)]);
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern)
            schema["pattern"] = pattern.Pattern;
        if (property.GetCustomAttribute<MaxLengthAttribute>() is { } longest)
            schema[schema["type"]!.GetValue<string>() switch { "array" => "maxItems", "object" => "maxProperties", _ => "maxLength" }] = longest.Length;
        if (property.GetCustomAttribute<EachAttribute>() is { } each)
            AddEach((schema["items"] ?? schema["additionalProperties"])!.AsObject(), each);
        if (property.GetCustomAttribute<MinLengthAttribute>() is { } shortest)
            schema[schema["type"]!.GetValue<string>() == "array" ? "minItems" : "minLength"] = shortest.Length;
        else if (property.IsDefined(typeof(RequiredAttribute)) && property.PropertyType == typeof(string))
            schema["minLength"] = 1;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            AddRange(schema, range);
        var mayBeNull = Nullable.GetUnderlyingType(property.PropertyType) is not null || Nullability.Create(property).ReadState == NullabilityState.Nullable;
        if (!isSpec && mayBeNull)
            schema["nullable"] = true;
        return schema;
    }

    private static void AddRange(JsonObject schema, RangeAttribute range)
    {
        schema["minimum"] = Convert.ToInt64(range.Minimum, null);
        // An API server takes a maximum for a double, and the largest long is none; that a number is no long it finds by the format.
        if (range.Maximum is int most)
            schema["maximum"] = most;
    }

    private static void AddEach(JsonObject schema, EachAttribute each)
    {
        if (each.Pattern is { } pattern)
            schema["pattern"] = pattern;
        schema["maxLength"] = each.Longest;
    }

    private JsonObject SchemaOf(Type declared, bool isSpec)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type == typeof(string))
            return new JsonObject { ["type"] = "string" };
        if (type == typeof(bool))
            return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(int))
            return new JsonObject { ["type"] = "integer", ["format"] = "int32" };
        if (type == typeof(long))
            return new JsonObject { ["type"] = "integer", ["format"] = "int64" };
        if (type == typeof(DateTimeOffset))
            return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        if (type == typeof(GoDuration))
            return new JsonObject { ["type"] = "string", ["pattern"] = GoDuration.Pattern, ["maxLength"] = GoDuration.LongestText };
        if (type == typeof(V1LabelSelector))
            return LabelSelector();
        if (type.IsEnum)
            return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode)name)]) };
        if (ItemOf(type, typeof(IReadOnlyDictionary<,>), 1) is { } valueType)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = SchemaOf(valueType, isSpec) };
        if (ItemOf(type, typeof(IReadOnlyList<>), 0) is { } itemType)
            return new JsonObject { ["type"] = "array", ["items"] = SchemaOf(itemType, isSpec) };
        return ObjectOf(type, isSpec);
    }

    private static Type? ItemOf(Type type, Type generic, int argument) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[argument] : null;

    // As Kubernetes bounds labels and their values, and a hundred of each.
    private static JsonObject LabelSelector() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["matchLabels"] = new JsonObject { ["type"] = "object", ["maxProperties"] = MostLabels, ["additionalProperties"] = LabelValue() },
            ["matchExpressions"] = new JsonObject
            {
                ["type"] = "array",
                ["maxItems"] = MostLabels,
                ["items"] = new JsonObject
                {
                    ["type"] = "object",
                    ["required"] = new JsonArray("key", "operator"),
                    ["properties"] = new JsonObject
                    {
                        ["key"] = new JsonObject
                        {
                            ["type"] = "string",
                            ["pattern"] = @"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
                            ["maxLength"] = NameForms.LongestSubdomain + 1 + NameForms.LongestLabel,
                        },
                        ["operator"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("In", "NotIn", "Exists", "DoesNotExist") },
                        ["values"] = new JsonObject { ["type"] = "array", ["maxItems"] = MostLabels, ["items"] = LabelValue() },
                    },
                },
            },
        },
    };

    private static JsonObject LabelValue() =>
        new() { ["type"] = "string", ["pattern"] = "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", ["maxLength"] = NameForms.LongestLabel };
}
