using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Tonari.Cli.Rendering;

/// <summary>JSON written as YAML. Strings that YAML would take for something else are quoted.</summary>
internal static class YamlText
{
    private static readonly HashSet<string> Reserved =
        new(["", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "~"], StringComparer.OrdinalIgnoreCase);

    public static string Write(JsonNode document)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings().WithBestWidth(int.MaxValue).WithIndentedSequences());
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, true));
        Emit(emitter, document);
        emitter.Emit(new DocumentEnd(true));
        emitter.Emit(new StreamEnd());
        return writer.ToString();
    }

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (key, value) in map)
                {
                    Emit(emitter, JsonValue.Create(key));
                    Emit(emitter, value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, list.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in list)
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                var text = value.GetValue<string>();
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, StyleOf(text), true, true));
                break;
            default:
                emitter.Emit(new Scalar(node?.ToJsonString() ?? "null"));
                break;
        }
    }

    private static ScalarStyle StyleOf(string text)
    {
        if (text.Contains('\n', StringComparison.Ordinal))
        {
            return ScalarStyle.Literal;
        }

        return Reserved.Contains(text) || !IsPlain(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain;
    }

    // Narrower than YAML's own rule on purpose: begins with a letter or '/', and nothing in it can end a plain scalar.
    private static bool IsPlain(string text) =>
        (char.IsAsciiLetter(text[0]) || text[0] == '/')
        && !text.EndsWith(':') && !text.EndsWith(' ')
        && !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal)
        && text.All(c => c is >= ' ' and < (char)127);
}
