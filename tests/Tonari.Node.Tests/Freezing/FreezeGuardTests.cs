using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Engine;
using Tonari.Node.Freezing;

namespace Tonari.Node.Tests.Freezing;

/// <summary>Real processes, a really frozen filesystem.</summary>
public sealed class FreezeGuardTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private readonly Workshop _workshop = new();
    private readonly string _mount;
    private readonly List<Process> _processes = [];

    public FreezeGuardTests() => _mount = _workshop.Mount("ext4", "frozen", 64 << 20);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        FrozenFileSystem.Thaw(_mount);
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _workshop.Dispose();
    }

    [Fact]
    public async Task Thaws_when_its_parent_is_killed()
    {
        // The writing end of the guard's input belongs to a process that is killed, as the agent's would be.
        var command = GuardCommand.Own();
        var guard = Start("sh", "-c", $"{{ echo '{Arm(TimeSpan.FromHours(1))}'; exec sleep 1000; }} | {command.Program} {GuardCommand.Verb}");
        (await guard.StandardOutput.ReadLineAsync(Ct)).ShouldBe("armed 1");
        Freeze();
        var parent = ChildOf(guard.Id, "sleep");
        var write = WriteAsync();
        write.IsCompleted.ShouldBeFalse();
        Process.GetProcessById(parent).Kill();
        await write.WaitAsync(s_patience, Ct);
    }

    [Fact]
    public async Task Thaws_at_the_deadline_and_lives_on()
    {
        var guard = StartGuard();
        // Frozen first: nothing else has to happen before the deadline then.
        Freeze();
        await AskAsync(guard, Arm(TimeSpan.FromMilliseconds(300)), "armed 1");
        await WriteAsync().WaitAsync(s_patience, Ct);
        await AskAsync(guard, FreezeGuardProtocol.Disarm(1), "disarmed 1");
    }

    [Fact]
    public async Task Does_not_thaw_what_was_disarmed()
    {
        var guard = StartGuard();
        await AskAsync(guard, Arm(TimeSpan.FromHours(1)), "armed 1");
        await AskAsync(guard, FreezeGuardProtocol.Disarm(1), "disarmed 1");
        Freeze();
        guard.StandardInput.Close();
        await guard.WaitForExitAsync(Ct).WaitAsync(s_patience, Ct);
        FrozenFileSystem.Thaw(_mount).ShouldBeTrue("it was still frozen");
    }

    [Fact]
    public async Task Signals_do_not_end_it()
    {
        var guard = StartGuard();
        await AskAsync(guard, Arm(TimeSpan.FromHours(1)), "armed 1");
        foreach (var signal in (string[])["-TERM", "-INT", "-HUP"])
            Shell.Run("kill", signal, guard.Id.ToString(CultureInfo.InvariantCulture));
        await AskAsync(guard, FreezeGuardProtocol.Disarm(1), "disarmed 1");
        guard.StandardInput.Close();
        await guard.WaitForExitAsync(Ct).WaitAsync(s_patience, Ct);
        guard.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_agent_thaws_and_gets_another_guard_when_its_guard_is_killed()
    {
        using var agent = new GuardProcess(GuardCommand.Own(), TimeProvider.System, NullLogger<GuardProcess>.Instance);
        await Should.ThrowAsync<NoFreezeGuardException>(agent.ArmAsync([_mount], s_patience, Ct));
        await agent.StartAsync(Ct);
        await UntilAsync(() => agent.IsRunning);
        var first = agent.ProcessId!.Value;
        var lease = await agent.ArmAsync([_mount], TimeSpan.FromHours(1), Ct);
        Freeze();
        var write = WriteAsync();
        Process.GetProcessById(first).Kill();
        await write.WaitAsync(s_patience, Ct);
        await lease.DisposeAsync();
        await UntilAsync(() => agent.ProcessId is { } second && second != first);
        await using (await agent.ArmAsync([_mount], TimeSpan.FromHours(1), Ct))
            Freeze();
        FrozenFileSystem.Thaw(_mount).ShouldBeTrue();
        await agent.StopAsync(Ct);
    }

    private string Arm(TimeSpan after) => FreezeGuardProtocol.Arm(1, after, [_mount]);

    private Process StartGuard()
    {
        var command = GuardCommand.Own();
        return Start(command.Program, [.. command.Arguments]);
    }

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, line) => TestContext.Current.TestOutputHelper?.WriteLine(line.Data ?? "");
        process.BeginErrorReadLine();
        _processes.Add(process);
        return process;
    }

    private static async Task AskAsync(Process guard, string question, string answer)
    {
        await guard.StandardInput.WriteLineAsync(question);
        await guard.StandardInput.FlushAsync(Ct);
        (await guard.StandardOutput.ReadLineAsync(Ct).AsTask().WaitAsync(s_patience, Ct)).ShouldBe(answer);
    }

    private void Freeze() => Shell.Run("fsfreeze", "-f", _mount);

    /// <summary>Ends when the filesystem is thawed: a write blocks until then, so it has a thread of its own and starves nobody.</summary>
    private Task WriteAsync() => Task.Factory.StartNew(
        () => File.WriteAllBytes(Path.Combine(_mount, "probe"), Encoding.UTF8.GetBytes("x")),
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static int ChildOf(int parent, string name)
    {
        var children = Shell.Run("sh", "-c", $"cat /proc/{parent}/task/*/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return children.Single(child => File.ReadAllText($"/proc/{child}/comm").Trim() == name);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
            await timer.WaitForNextTickAsync(deadline.Token);
    }
}
