namespace Tonari.Cli;

/// <summary>What the program's exit code tells a script. Documented in <c>docs/cli.md</c>; a meaning never changes.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Tried and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A precondition or preflight check forbids it; nothing was changed.</summary>
    public const int Refused = 3;

    /// <summary>The user did not confirm; nothing was changed.</summary>
    public const int NotConfirmed = 4;

    /// <summary>Not finished within the time given; it goes on.</summary>
    public const int TimedOut = 5;

    /// <summary>Ctrl-C: the waiting was ended; what was asked for goes on. 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
