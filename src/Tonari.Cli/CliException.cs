namespace Tonari.Cli;

/// <summary>An outcome other than success, told to the user in one sentence of what is wrong and one of what to do.</summary>
internal sealed class CliException(int exitCode, string message, string? advice = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What to do about it; null where there is nothing to add.</summary>
    public string? Advice { get; } = advice;

    public static CliException Failed(string message, string? advice = null, Exception? cause = null) =>
        new(Cli.ExitCode.Failed, message, advice, cause);

    public static CliException Usage(string message, string? advice = null) => new(Cli.ExitCode.Usage, message, advice);

    public static CliException Refused(string message, string? advice = null) => new(Cli.ExitCode.Refused, message, advice);
}
