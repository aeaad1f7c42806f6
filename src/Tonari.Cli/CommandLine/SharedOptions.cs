using System.CommandLine;

namespace Tonari.Cli.CommandLine;

/// <summary>Options that several commands have, made anew for each.</summary>
internal static class SharedOptions
{
    public static Option<bool> AllNamespaces() => new("--all-namespaces", "-A") { Description = "Those of all namespaces" };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Go on without being asked" };

    public static Option<bool> NoWait() => new("--no-wait") { Description = "Return when it has been asked for, not when it is done" };

    public static Option<TimeSpan?> Timeout() =>
        DurationOption.Create("--timeout", "How long to wait; what was asked for goes on after that (default: as long as it takes)");
}
