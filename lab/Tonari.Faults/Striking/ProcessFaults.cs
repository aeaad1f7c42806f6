using System.Diagnostics;
using System.Globalization;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.Faults.Striking;

/// <summary>SIGKILL to Tonari's own programs; the kubelet starts them again.</summary>
internal sealed class KillProgram(StruckGround ground, params IReadOnlyList<string> programs) : IFault
{
    private readonly List<IReadOnlyList<int>> processes = [];

    public TimeSpan Bound => TimeSpan.FromSeconds(90);

    public async Task PrepareAsync(CancellationToken ct)
    {
        foreach (var program in programs) processes.Add(await Crash.ProcessesAsync(ground.Struck, program, ct));
    }

    public Task StrikeAsync(CancellationToken ct)
    {
        // All of them, before anything is said of one.
        var killed = processes.Select(each => each.Sum(Crash.Kill)).ToList();
        if (killed.IndexOf(0) is >= 0 and var at) throw new InvalidOperationException($"No process of {programs[at]} runs on {ground.Struck.Name}.");
        return Task.CompletedTask;
    }

    public Task EndAsync(CancellationToken ct) => Task.CompletedTask;
}

/// <summary>SIGKILL to the command that asked for the operation and waits for it.</summary>
internal sealed class KillCommand(StruckGround ground) : IFault
{
    public TimeSpan Bound => TimeSpan.FromSeconds(90);

    public Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StrikeAsync(CancellationToken ct) => ground.Command.CancelAsync();

    public Task EndAsync(CancellationToken ct) => Task.CompletedTask;
}

/// <summary>
/// SIGKILL to one of the machine's own programs, which is started again at once, as its supervisor would. What happens meanwhile is not waited for: a short
/// step that comes next meets a program that is just starting.
/// </summary>
internal sealed class KillDaemon(StruckGround ground, string daemon) : IFault
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private Task starting = Task.CompletedTask;

    public TimeSpan Bound => TimeSpan.FromSeconds(120);

    public Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public async Task StrikeAsync(CancellationToken ct)
    {
        await starting;
        var text = await File.ReadAllTextAsync(Path.Combine(ground.Struck.Folder, "run", daemon + ".pid"), ct);
        var id = int.Parse(text, CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(id);
        process.Kill();
        await process.WaitForExitAsync(ct);
        starting = ClusterScript.RunAsync("start", ground.Struck, Limit, ct, daemon);
    }

    public async Task EndAsync(CancellationToken ct)
    {
        await starting;
        await ClusterScript.RunAsync("up", ground.Struck, Limit, ct);
        // The node counts as Ready on the word of the kubelet that has died; whoever asks for logs asks the new one.
        await Eventually.TrueAsync($"the kubelet of {ground.Struck.Name} to answer", Limit, async token =>
            (await ground.Struck.TryKubectlAsync(["get", "--raw", $"/api/v1/nodes/{ground.Struck.Name}/proxy/healthz"], null, token)) is { ExitCode: 0 } ? null : "it does not", ct);
    }
}

/// <summary>Every process of a cluster dies at once and its loop devices and mounts are gone; then its machine starts again.</summary>
internal sealed class Reboot(StruckGround ground) : IFault
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public TimeSpan Bound => TimeSpan.FromSeconds(240);

    public Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StrikeAsync(CancellationToken ct) => ClusterScript.RunAsync("off", ground.Struck, Limit, ct);

    public async Task EndAsync(CancellationToken ct)
    {
        await ClusterScript.RunAsync("up", ground.Struck, Limit, ct);
        (await ProgramRun.OfAsync(LabPaths.Script("link.sh"), ["apply"], Limit, ct)).Succeeded();
    }
}

/// <summary>lab/cluster.sh.</summary>
internal static class ClusterScript
{
    public static async Task RunAsync(string command, LabCluster cluster, TimeSpan limit, CancellationToken ct, params IReadOnlyList<string> more) =>
        (await ProgramRun.OfAsync(LabPaths.Script("cluster.sh"), [command, cluster.Name, .. more], limit, ct)).Succeeded();
}
