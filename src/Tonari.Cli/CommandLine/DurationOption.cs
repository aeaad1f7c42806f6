using System.CommandLine;
using Tonari.Kubernetes.Json;

namespace Tonari.Cli.CommandLine;

/// <summary>Options whose value is a duration as Go and Kubernetes write it: <c>30s</c>, <c>1m</c>, <c>1h30m</c>.</summary>
internal static class DurationOption
{
    // More than a month is a slip of the finger, and timers hold no more than 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <param name="name">Its word.</param>
    /// <param name="description">One line of what it does.</param>
    /// <param name="recursive">The commands below understand it as well.</param>
    /// <param name="zero">What nothing at all means, in words; null: it is refused.</param>
    /// <param name="shortest">1ms when left out.</param>
    /// <param name="longest">31 days when left out.</param>
    public static Option<TimeSpan?> Create(
        string name, string description, bool recursive = false, string? zero = null, TimeSpan? shortest = null, TimeSpan? longest = null) => new(name)
        {
            Description = description,
            HelpName = "DURATION",
            Recursive = recursive,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                var (least, most) = (shortest ?? Shortest, longest ?? Longest);
                if (GoDuration.TryParse(text, out var duration) && duration.Value <= most && (duration.Value >= least || (zero is not null && duration.Value == TimeSpan.Zero)))
                {
                    return duration.Value;
                }

                var orZero = zero is null ? "" : $"; 0s: {zero}";
                result.AddError($"{name}: '{text}' is not a duration between {Format.Exact(least)} and {Format.Exact(most)}{orZero}. Write it like 30s, 5m or 1h30m.");
                return null;
            },
        };
}
