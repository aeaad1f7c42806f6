using System.Globalization;
using Tonari.Kubernetes.Json;

namespace Tonari.Kubernetes.Wording;

/// <summary>Numbers as people read them. Always the same, whatever the user's locale: output is compared and parsed.</summary>
public static class Format
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Bytes with a binary unit and three significant digits: <c>1.21 GiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        if (bytes < 1024)
        {
            return Invariant($"{bytes} B");
        }

        var value = (double)bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var digits = value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(digits, CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>The same; - where not known.</summary>
    public static string Bytes(long? bytes) => bytes is { } known ? Bytes(known) : "-";

    /// <summary>How long ago, as coarse as its size allows: <c>12s</c>, <c>3m12s</c>, <c>2h5m</c>, <c>4d3h</c>. Future times are <c>0s</c>.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        _ when age < TimeSpan.Zero => "0s",
        { TotalSeconds: < 120 } => Invariant($"{(int)age.TotalSeconds}s"),
        { TotalMinutes: < 10 } => Two((int)age.TotalMinutes, "m", age.Seconds, "s"),
        { TotalHours: < 2 } => Invariant($"{(int)age.TotalMinutes}m"),
        { TotalHours: < 8 } => Two((int)age.TotalHours, "h", age.Minutes, "m"),
        { TotalHours: < 48 } => Invariant($"{(int)age.TotalHours}h"),
        { TotalDays: < 8 } => Two(age.Days, "d", age.Hours, "h"),
        _ => Invariant($"{age.Days}d"),
    };

    /// <summary>How long ago; - where not known.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now) => since is { } at ? Age(now - at) : "-";

    /// <summary>How long something took: <c>340ms</c>, <c>4.2s</c>, <c>1m03s</c>, <c>2h05m</c>.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        _ when duration < TimeSpan.Zero => "0ms",
        { TotalMilliseconds: < 1000 } => Invariant($"{(int)duration.TotalMilliseconds}ms"),
        { TotalSeconds: < 60 } => Invariant($"{Math.Floor(duration.TotalSeconds * 10) / 10:0.0}s"),
        { TotalMinutes: < 60 } => Invariant($"{(int)duration.TotalMinutes}m{duration.Seconds:00}s"),
        _ => Invariant($"{(int)duration.TotalHours}h{duration.Minutes:00}m"),
    };

    /// <summary>How long something took; - where not known.</summary>
    public static string Milliseconds(long? milliseconds) =>
        milliseconds is { } known ? Duration(TimeSpan.FromMilliseconds(known)) : "-";

    /// <summary>A wanted duration, exactly, as it is written in a spec: <c>1m</c>, <c>1h30m</c>, <c>1.5s</c>.</summary>
    public static string Exact(TimeSpan duration) => new GoDuration(duration).ToString();

    /// <summary>A speed: <c>1.21 MiB/s</c>.</summary>
    public static string Rate(double bytesPerSecond) => Bytes((long)bytesPerSecond) + "/s";

    /// <summary>A point in time, UTC, to the second.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A point in time; - where not known.</summary>
    public static string Time(DateTimeOffset? at) => at is { } known ? Time(known) : "-";

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? Invariant($"{large}{largeUnit}") : Invariant($"{large}{largeUnit}{small}{smallUnit}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
