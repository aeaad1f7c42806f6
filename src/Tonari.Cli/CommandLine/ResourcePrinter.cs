using System.Text.Json;
using System.Text.Json.Nodes;
using Tonari.Cli.Connection;
using Tonari.Cli.Rendering;
using Tonari.Kubernetes.Api;

namespace Tonari.Cli.CommandLine;

/// <summary>Prints objects in the format that was asked for.</summary>
internal static class ResourcePrinter
{
    // Relaxed: '<', '>' and quotes in messages stay readable; the output is no HTML.
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, IndentSize = 2, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A list; an empty table is told on the error stream, as kubectl does.</summary>
    public static void PrintList<T>(Invocation invocation, OutputFormat format, IReadOnlyList<Item<T>> items, string none, Func<IReadOnlyList<Line>> table)
    {
        if (format.IsForMachines())
        {
            PrintJson(invocation, format, [.. items.Select(i => i.Json)], asList: true);
        }
        else if (items.Count == 0)
        {
            invocation.Terminal.WriteError(none);
        }
        else
        {
            invocation.Terminal.Write(table());
        }
    }

    public static void PrintOne<T>(Invocation invocation, OutputFormat format, Item<T> item, Func<IReadOnlyList<Line>> text)
    {
        if (format.IsForMachines())
        {
            PrintJson(invocation, format, [item.Json], asList: false);
        }
        else
        {
            invocation.Terminal.Write(text());
        }
    }

    /// <summary>What a creating command says in the end: the object, or as kubectl does <c>kind.group/name created</c>.</summary>
    public static void PrintDone(Invocation invocation, OutputFormat format, JsonObject json, string what)
    {
        if (format.IsForMachines())
        {
            PrintJson(invocation, format, [json], asList: false);
        }
        else
        {
            invocation.Terminal.Write($"{NameOf(json)} {what}");
        }
    }

    public static string NameOf(JsonObject json)
    {
        var group = json.Group();
        return $"{json.Kind().ToLowerInvariant()}{(group.Length > 0 ? "." + group : "")}/{json.Name()}";
    }

    private static void PrintJson(Invocation invocation, OutputFormat format, IReadOnlyList<JsonObject> items, bool asList)
    {
        if (format == OutputFormat.Name)
        {
            invocation.Terminal.Write(items.Select(json => new Line(NameOf(json))));
            return;
        }

        var shown = items.Select(WithoutBookkeeping).ToList();
        var document = asList
            ? new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. shown]) }
            : shown[0];
        invocation.Terminal.Output.Write(format == OutputFormat.Json ? document.ToJsonString(Indented) + "\n" : YamlText.Write(document));
    }

    // As kubectl: who wrote which field is hidden.
    private static JsonObject WithoutBookkeeping(JsonObject json)
    {
        var copy = json.DeepClone().AsObject();
        copy.Metadata().Remove("managedFields");
        return copy;
    }
}
