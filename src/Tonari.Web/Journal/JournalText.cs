using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tonari.Web.Actions;
using Tonari.Web.Views;

namespace Tonari.Web.Journal;

/// <summary>How the journal looks in its ConfigMap: one key for each entry, so that controllers that write at the same time do not meet.</summary>
internal static class JournalText
{
    // Names in other scripts stay readable: the text is never put into a page as it is.
    private static readonly JournalJson Written = new(new JsonSerializerOptions(JournalJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The key of an entry; keys are ordered as the entries are.</summary>
    public static string KeyOf(ActivityEntry entry, string id) =>
        entry.At.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture) + "-" + id;

    /// <summary>An entry as text, each part on one line and of bounded length.</summary>
    public static string Write(ActivityEntry entry) => JsonSerializer.Serialize(Bounded(entry), Written.ActivityEntry);

    /// <summary>An entry from its text; null for what is none, or is of a later version.</summary>
    public static ActivityEntry? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, JournalJson.Default.ActivityEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The keys of the entries that have to go, oldest first and refused sign-ins before all others; none while there is room.</summary>
    public static IReadOnlyList<string> Excess(IEnumerable<KeyValuePair<string, string>> data)
    {
        var newest = data.OrderByDescending(e => e.Key, StringComparer.Ordinal).ToList();
        var refused = newest.Where(e => Read(e.Value) is { Kind: ActivityKind.SignIn, Outcome: ActivityOutcome.Refused }).Skip(JournalLimits.RefusedSignIns).Select(e => e.Key).ToHashSet();
        newest.RemoveAll(e => refused.Contains(e.Key));
        var bytes = newest.Sum(Length);
        if (newest.Count > JournalLimits.Entries || bytes > JournalLimits.Bytes)
        {
            while (newest.Count > JournalLimits.Entries * JournalLimits.Kept || bytes > JournalLimits.Bytes * JournalLimits.Kept)
            {
                bytes -= Length(newest[^1]);
                refused.Add(newest[^1].Key);
                newest.RemoveAt(newest.Count - 1);
            }
        }
        return [.. refused.Order(StringComparer.Ordinal)];
    }

    private static int Length(KeyValuePair<string, string> entry) => Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value);

    private static ActivityEntry Bounded(ActivityEntry e) => e with
    {
        User = Of(e.User),
        Namespace = Of(e.Namespace),
        Name = Of(e.Name),
        Application = Of(e.Application),
        Operation = Of(e.Operation),
        Message = Of(e.Message),
    };

    private static string? Of(string? text) => OneLine.Of(text, JournalLimits.Text);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ActivityEntry))]
internal sealed partial class JournalJson : JsonSerializerContext;
