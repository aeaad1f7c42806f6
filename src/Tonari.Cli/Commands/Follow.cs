using Tonari.Cli.CommandLine;
using Tonari.Cli.Waiting;

namespace Tonari.Cli.Commands;

/// <summary>How to wait.</summary>
/// <param name="Timeout">How long; null: as long as it takes.</param>
/// <param name="ResultOnOutput">The output is for a program: progress goes to the error stream.</param>
/// <param name="GoesOn">What the user must know when waiting ends before the thing itself does.</param>
internal sealed record WaitRequest(TimeSpan? Timeout, bool ResultOnOutput, string GoesOn);

/// <summary>Waiting in the foreground. Neither Ctrl-C nor a time-out ends what is waited for.</summary>
internal static class Follow
{
    /// <exception cref="CliException">Timed out, or interrupted by Ctrl-C.</exception>
    public static async Task UntilFinishedAsync(Invocation invocation, WaitRequest wait, Func<CancellationToken, Task<Look>> look, CancellationToken ct)
    {
        bool finished;
        try
        {
            finished = await invocation.Terminal.ShowProgressAsync(
                wait.ResultOnOutput, display => Polling.UntilFinishedAsync(look, display, invocation.Clock, wait.Timeout, ct));
        }
        catch (OperationCanceledException e) when (ct.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Interrupted, "You stopped waiting.", wait.GoesOn, e);
        }

        if (!finished)
        {
            throw new CliException(ExitCode.TimedOut, $"Not finished within {Format.Exact(wait.Timeout!.Value)}.", wait.GoesOn);
        }
    }
}
