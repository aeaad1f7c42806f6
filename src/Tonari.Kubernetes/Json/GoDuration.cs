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

    /// <summary>Go counts nanoseconds in 64 bits: 292 years. Room is left for sums of several.</summary>
    public static readonly GoDuration Longest = new(TimeSpan.FromTicks(long.MaxValue / TimeSpan.NanosecondsPerTick));

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

    /// <summary>Reads the text form; false for anything else, for a bare number other than 0, and for more than <see cref="Longest"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out GoDuration duration)
    {
        var understood = TryParseAny(text, out duration, out var tooLong);
        return understood && !tooLong;
    }

    /// <summary>The same, but more than <see cref="Longest"/> counts as that: what a schema lets pass can always be read.</summary>
    internal static bool TryParseAny([NotNullWhen(true)] string? text, out GoDuration duration, out bool tooLong)
    {
        (duration, tooLong) = (default, false);
        if (string.IsNullOrEmpty(text) || text.Length > LongestText)
            return false;
        if (text == "0")
            return true;
        var longest = (decimal)Longest.Value.Ticks;
        var rest = text.AsSpan();
        var ticks = 0m;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || rest[..digits].Count('.') > 1 || rest[..digits] is ".")
                return false;
            // A number with too many digits for a decimal is larger than any that fits.
            var number = decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var fits) ? fits : decimal.MaxValue;
            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? rest : rest[..letters];
            if (TicksPer(unit) is not { } perUnit)
                return false;
            tooLong |= number > longest / perUnit || (ticks += number * perUnit) > longest;
            if (tooLong)
                ticks = 0;
            rest = rest[unit.Length..];
        }
        duration = tooLong ? Longest : new GoDuration(TimeSpan.FromTicks((long)ticks));
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
        reader.TokenType == JsonTokenType.String && GoDuration.TryParseAny(reader.GetString(), out var duration, out _)
            ? duration
            : throw new JsonException("A duration is written like 10s, 5m or 1h30m.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, GoDuration value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
