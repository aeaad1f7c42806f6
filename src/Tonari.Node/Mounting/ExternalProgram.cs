using System.ComponentModel;
using System.Diagnostics;

namespace Tonari.Node.Mounting;

/// <summary>Runs a program to its end. It is never killed: a filesystem tool stopped half-way leaves damage.</summary>
internal static class ExternalProgram
{
    /// <exception cref="FileSystemToolException">The program is not installed.</exception>
    public static async Task<ProgramResult> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start) ?? throw new FileSystemToolException($"The program '{program}' could not be started.");
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return new ProgramResult(process.ExitCode, (await output + await errors).Trim());
        }
        catch (Win32Exception error)
        {
            throw new FileSystemToolException($"The program '{program}' could not be started ({error.Message}); is its package installed?");
        }
    }
}

internal sealed record ProgramResult(int ExitCode, string Output);

/// <summary>A filesystem could not be made, checked or grown; the message says what the tool said.</summary>
internal sealed class FileSystemToolException(string message) : Exception(message);
