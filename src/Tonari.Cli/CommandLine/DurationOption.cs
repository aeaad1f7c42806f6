using System.CommandLine;
using Tonari.Kubernetes.Json;

namespace Tonari.Cli.CommandLine;

/// <summary>Options whose value is a duration as Go and Kubernetes write it: <c>30s</c>, <c>1m</c>, <c>1h30m</c>.</summary>
internal static class DurationOption
{
    // More than a month is a slip of the finger, and timers hold no more than 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    public static Option<TimeSpan?> Create(string name, string description, bool recursive = false, bool zero = false) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        Recursive = recursive,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (GoDuration.TryParse(text, out var duration) && (duration.Value > TimeSpan.Zero || zero) && duration.Value <= Longest)
            {
                return duration.Value;
            }

            result.AddError($"'{text}' is not a duration between 1ms and 744h. Write it like 30s, 5m or 1h30m.");
            return null;
        },
    };
}
