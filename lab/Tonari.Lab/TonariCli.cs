using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>The real command line, run against one cluster as a user would.</summary>
/// <param name="cluster">The cluster it talks to.</param>
public sealed class TonariCli(LabCluster cluster)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Called with every line that a command prints while it runs.</summary>
    public Action<string>? OnLine { get; set; }

    /// <summary>Runs a command and expects success.</summary>
    public async Task<ProgramRun> RunAsync(CancellationToken ct, params IReadOnlyList<string> arguments) =>
        (await TryAsync(ct, arguments)).Succeeded();

    /// <summary>Runs a command, whatever comes of it.</summary>
    public Task<ProgramRun> TryAsync(CancellationToken ct, params IReadOnlyList<string> arguments) =>
        ProgramRun.OfAsync(LabPaths.Tonari, ["--kubeconfig", cluster.Kubeconfig, .. arguments], Limit, ct, onLine: OnLine);
}
