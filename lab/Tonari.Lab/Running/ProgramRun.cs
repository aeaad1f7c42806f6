using System.Diagnostics;
using System.Text;

namespace Tonari.Lab.Running;

/// <summary>A program that has ended.</summary>
/// <param name="CommandLine">What was run, as one would type it.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
/// <param name="Took">How long it ran.</param>
public sealed record ProgramRun(string CommandLine, int ExitCode, string Output, string Error, TimeSpan Took)
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time and was killed with its children.</exception>
    public static async Task<ProgramRun> OfAsync(
        string program, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken ct, string? input = null, Action<string>? onLine = null)
    {
        var commandLine = string.Join(' ', [Path.GetFileName(program), .. arguments.Select(Quoted)]);
        var started = Stopwatch.GetTimestamp();
        using var process = new Process { StartInfo = Start(program, arguments) };
        var (output, error) = (new StringBuilder(), new StringBuilder());
        process.OutputDataReceived += (_, e) => Take(output, e.Data, onLine);
        process.ErrorDataReceived += (_, e) => Take(error, e.Data, onLine);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var timer = new CancellationTokenSource(limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, ct);
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), either.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            ct.ThrowIfCancellationRequested();
            throw new TimeoutException($"{commandLine} did not end within {limit.TotalSeconds:0} s:\n{output}{error}");
        }

        return new ProgramRun(commandLine, process.ExitCode, Text(output), Text(error), Stopwatch.GetElapsedTime(started));
    }

    /// <summary>This run, if it succeeded.</summary>
    /// <exception cref="ProgramFailedException">Its exit code was not 0.</exception>
    public ProgramRun Succeeded() => ExitCode == 0 ? this : throw new ProgramFailedException(this);

    private static ProcessStartInfo Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static void Take(StringBuilder text, string? line, Action<string>? onLine)
    {
        if (line is null) return;
        lock (text)
        {
            text.Append(line).Append('\n');
        }

        onLine?.Invoke(line);
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private static string Quoted(string argument) => argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./:=,@%+".Contains(c))
        ? argument
        : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

/// <summary>A program that was expected to succeed did not.</summary>
public sealed class ProgramFailedException(ProgramRun run)
    : Exception($"{run.CommandLine} ended with code {run.ExitCode} after {run.Took.TotalSeconds:0.0} s:\n{run.Output}{run.Error}")
{
    /// <summary>The run.</summary>
    public ProgramRun Run { get; } = run;
}
