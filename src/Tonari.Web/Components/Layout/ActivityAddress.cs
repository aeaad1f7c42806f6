using System.Globalization;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Layout;

/// <summary>How far back the activity page looks.</summary>
public enum ActivityPeriod
{
    /// <summary>As far as anything is remembered.</summary>
    All,

    /// <summary>The last hour.</summary>
    Hour,

    /// <summary>The last 24 hours.</summary>
    Day,

    /// <summary>The last seven days.</summary>
    Week,
}

/// <summary>What the activity page shows, as it stands in its address.</summary>
/// <param name="Words">Found in a user's name, an object's name, an application's or a message.</param>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="By">By users, or by Tonari itself.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Period">How far back.</param>
public sealed record ActivityAddress(
    string? Words = null, string? Namespace = null, ActivityActor? By = null, ActivityKind? Kind = null, ActivityOutcome? Outcome = null,
    ActivityPeriod Period = ActivityPeriod.All)
{
    /// <summary>Reads the parts of an address; what is not understood does not matter.</summary>
    public static ActivityAddress Of(string? words, string? ns, string? by, string? kind, string? outcome, string? period) => new(
        Text(words), Text(ns), Name<ActivityActor>(by), Name<ActivityKind>(kind), Name<ActivityOutcome>(outcome), Name<ActivityPeriod>(period) ?? ActivityPeriod.All);

    /// <summary>The address of the page that shows it.</summary>
    public string Page => With(Addresses.Activity, ("period", Period == ActivityPeriod.All ? null : Period.ToString()));

    /// <summary>The address of the same as a file.</summary>
    /// <param name="now">Now.</param>
    public string Csv(DateTimeOffset now) =>
        With(Addresses.Activity + ".csv", ("from", From(now)?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));

    /// <summary>What it asks of an entry.</summary>
    /// <param name="now">Now.</param>
    public ActivityFilter Filter(DateTimeOffset now) => new(Namespace, By: By, Kind: Kind, Outcome: Outcome, From: From(now), Words: Words);

    private DateTimeOffset? From(DateTimeOffset now) => Period switch
    {
        ActivityPeriod.Hour => now.AddHours(-1),
        ActivityPeriod.Day => now.AddDays(-1),
        ActivityPeriod.Week => now.AddDays(-7),
        _ => null,
    };

    private string With(string address, (string Name, string? Value) since)
    {
        (string Name, string? Value)[] all =
            [("q", Words), ("namespace", Namespace), ("by", By?.ToString()), ("kind", Kind?.ToString()), ("outcome", Outcome?.ToString()), since];
        var parts = all.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToList();
        return parts.Count == 0 ? address : $"{address}?{string.Join('&', parts)}";
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    // Numbers would be understood, too.
    private static T? Name<T>(string? text)
        where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value : null;
}
