using System.Diagnostics;

namespace Tonari.Testing;

/// <summary>Starts a program of Tonari that lies beside the tests where it finds no cluster, so that it ends by itself.</summary>
/// <param name="program">Name of its file.</param>
/// <param name="good">Options and values with which it would run in a cluster.</param>
public sealed class OutsideCluster(string program, IReadOnlyDictionary<string, string> good)
{
    /// <summary>Starts it with the good options and waits for its end.</summary>
    /// <returns>The exit code, and what it wrote to standard error.</returns>
    public Task<(int Code, string Said)> RunAsync(CancellationToken ct) => RunAsync(good, ct);

    /// <summary>Starts it with the good options but one, and waits for its end.</summary>
    /// <returns>The exit code, and what it wrote to standard error.</returns>
    public Task<(int Code, string Said)> RunAsync(string option, string value, CancellationToken ct) =>
        RunAsync(new Dictionary<string, string>(good) { [option] = value }, ct);

    private async Task<(int Code, string Said)> RunAsync(IReadOnlyDictionary<string, string> options, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, program), options.SelectMany(pair => (string[])[pair.Key, pair.Value]))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["KUBECONFIG"] = "/nonexistent";
        start.Environment["HOME"] = "/nonexistent";
        start.Environment.Remove("KUBERNETES_SERVICE_HOST");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, await error);
    }
}
