using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tonari.Kubernetes.Json;

/// <summary>
/// A duration written the way Go's <c>time.Duration</c> is: <c>10s</c>, <c>5m</c>, <c>1h30m</c>, <c>1.5h</c>, <c>250ms</c>.
/// Never negative here. Resolution 100 ns; smaller parts are cut off.
/// </summary>
/// <param name="Value">The duration.</param>
[JsonConverter(typeof(GoDurationConverter))]
public readonly record struct GoDuration(TimeSpan Value)
{
    /// <summary>Regular expression of the text form, for schemas.</summary>
    public const string Pattern = "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$";

    /// <summary>Longest text that is looked at.</summary>
    public const int LongestText = 64;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>So many seconds.</summary>
    public static GoDuration FromSeconds(double seconds) => new(TimeSpan.FromSeconds(seconds));

    /// <summary>So many minutes.</summary>
    public static GoDuration FromMinutes(double minutes) => new(TimeSpan.FromMinutes(minutes));

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a duration; the message says what one looks like.</exception>
    public static GoDuration Parse(string text) => TryParse(text, out var duration)
        ? duration
        : throw new FormatException($"'{text}' is not a duration. Write it like 10s, 5m or 1h30m.");

    /// <summary>Reads the text form; false for anything else, for a bare number other than 0, and for what a TimeSpan cannot hold.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out GoDuration duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text) || text.Length > LongestText)
            return false;
        if (text == "0")
            return true;
        var rest = text.AsSpan();
        var ticks = 0m;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0
                || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number > TimeSpan.MaxValue.Ticks)
                return false;
            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? rest : rest[..letters];
            if (TicksPer(unit) is not { } perUnit)
                return false;
            ticks += number * perUnit;
            rest = rest[unit.Length..];
        }
        if (ticks > TimeSpan.MaxValue.Ticks)
            return false;
        duration = new GoDuration(TimeSpan.FromTicks((long)ticks));
        return true;
    }

    /// <summary>The text form, without parts that are zero: <c>1h30m</c>, <c>5m</c>, <c>1.5s</c>; <c>0s</c> for nothing.</summary>
    public override string ToString()
    {
        if (Value == TimeSpan.Zero)
            return "0s";
        var text = new StringBuilder();
        var hours = (long)Value.TotalHours;
        if (hours > 0)
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (Value.Minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{Value.Minutes}m");
        var seconds = (decimal)(Value.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerSecond;
        if (seconds > 0)
            text.Append(CultureInfo.InvariantCulture, $"{seconds:0.#######}s");
        return text.ToString();
    }

    private static decimal? TicksPer(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => 10m,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}

/// <summary>Reads and writes durations in their text form.</summary>
public sealed class GoDurationConverter : JsonConverter<GoDuration>
{
    /// <inheritdoc/>
    public override GoDuration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        GoDuration.TryParse(reader.GetString(), out var duration)
            ? duration
            : throw new JsonException("A duration is written like 10s, 5m or 1h30m.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, GoDuration value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
