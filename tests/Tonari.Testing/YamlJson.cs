using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tonari.Testing;

/// <summary>YAML as people write it for Kubernetes, to and from JSON nodes.</summary>
public static class YamlJson
{
    /// <summary>The documents of a YAML text.</summary>
    public static IReadOnlyList<JsonObject> ParseAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)).OfType<JsonObject>()];
    }

    /// <summary>The one document of a YAML text.</summary>
    public static JsonObject Parse(string text) => ParseAll(text).Single();

    /// <summary>A YAML document, keys in their given order, with a line break at its end.</summary>
    public static string Write(JsonNode json)
    {
        var writer = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(ToYaml(json))).Save(new Emitter(writer, new EmitterSettings(2, int.MaxValue, false, 1024, true)), false);
        var text = writer.ToString();
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new NotSupportedException($"{node.GetType().Name} in YAML."),
    };

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    private static YamlNode ToYaml(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject value:
                var mapping = new YamlMappingNode();
                if (value.Count == 0)
                    mapping.Style = YamlDotNet.Core.Events.MappingStyle.Flow;
                foreach (var (name, inner) in value)
                    mapping.Add(Scalar(name), ToYaml(inner));
                return mapping;
            case JsonArray array:
                var sequence = new YamlSequenceNode(array.Select(ToYaml));
                if (array.Count == 0)
                    sequence.Style = YamlDotNet.Core.Events.SequenceStyle.Flow;
                return sequence;
            case null:
                return new YamlScalarNode("null");
            case JsonValue scalar when scalar.TryGetValue<string>(out var text):
                return Scalar(text);
            default:
                return new YamlScalarNode(node.ToJsonString());
        }
    }

    // What YAML 1.1, which API servers read, takes for a truth value when it is not quoted.
    private static readonly HashSet<string> YamlWords = new(["yes", "no", "on", "off", "y", "n"], StringComparer.OrdinalIgnoreCase);

    private static YamlScalarNode Scalar(string text)
    {
        var style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
            : Plain(text) is { } value && value.TryGetValue<string>(out _) && !YamlWords.Contains(text) ? ScalarStyle.Any
            : ScalarStyle.DoubleQuoted;
        return new YamlScalarNode(text) { Style = style };
    }
}
