using System.Globalization;
using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Testing;

/// <summary>What the patch forms do to an object.</summary>
internal static class FakePatches
{
    /// <summary>RFC 7386.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner)
            {
                if (target[name] is not JsonObject existing)
                    target[name] = existing = [];
                Merge(existing, inner);
            }
            else
                target[name] = value.DeepClone();
        }
    }

    /// <summary>RFC 6902: add, remove, replace, test.</summary>
    public static void Json(JsonObject target, JsonArray operations)
    {
        foreach (var operation in operations)
            Apply(target, operation!.AsObject());
    }

    /// <summary>
    /// Server-side apply, approximately: maps merge, lists replace, and what the same manager applied before and no longer gives is removed.
    /// </summary>
    public static void Apply(JsonObject target, JsonObject wanted, JsonObject? before)
    {
        if (before is not null)
            RemoveMissing(target, before, wanted);
        Merge(target, wanted);
    }

    private static void RemoveMissing(JsonObject target, JsonObject before, JsonObject wanted)
    {
        foreach (var (name, value) in before)
        {
            if (!wanted.ContainsKey(name))
                target.Remove(name);
            else if (value is JsonObject inner && wanted[name] is JsonObject stillWanted && target[name] is JsonObject existing)
                RemoveMissing(existing, inner, stillWanted);
        }
    }

    private static void Apply(JsonObject target, JsonObject operation)
    {
        var path = operation["path"]!.GetValue<string>().Split('/').Skip(1)
            .Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
        var kind = operation["op"]!.GetValue<string>();
        JsonNode parent = target;
        foreach (var step in path[..^1])
        {
            parent = (parent is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)] : parent[step])
                ?? throw Refuse($"there is nothing at {operation["path"]}");
        }
        var last = path[^1];
        var value = operation["value"]?.DeepClone();
        if (parent is JsonArray array)
            ApplyTo(array, kind, last, value);
        else
            ApplyTo(parent.AsObject(), kind, last, value);
    }

    private static void ApplyTo(JsonObject parent, string kind, string name, JsonNode? value)
    {
        if (kind != "add" && !parent.ContainsKey(name))
            throw Refuse($"there is no {name}");
        if (kind == "test" && !JsonNode.DeepEquals(parent[name], value))
            throw Refuse($"{name} is not what was expected");
        if (kind == "remove")
            parent.Remove(name);
        else if (kind is "add" or "replace")
            parent[name] = value;
    }

    private static void ApplyTo(JsonArray parent, string kind, string name, JsonNode? value)
    {
        if (kind == "add" && name == "-")
        {
            parent.Add(value);
            return;
        }
        var index = int.Parse(name, CultureInfo.InvariantCulture);
        if (kind == "test" && !JsonNode.DeepEquals(parent[index], value))
            throw Refuse($"element {index} is not what was expected");
        if (kind == "remove")
            parent.RemoveAt(index);
        else if (kind == "add")
            parent.Insert(index, value);
        else if (kind == "replace")
            parent[index] = value;
    }

    private static ResourceInvalidException Refuse(string why) =>
        new($"the server rejected the patch: {why}", System.Net.HttpStatusCode.UnprocessableEntity, "Invalid");
}
