using System.Runtime.InteropServices;
using Tonari.Engine;

namespace Tonari.Node.Freezing;

/// <summary>The guard itself: a process of its own that thaws filesystems when the agent that froze them dies or takes too long.</summary>
internal sealed class FreezeGuard(TimeProvider time, TextReader input, TextWriter output, TextWriter log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Armed> _armed = [];

    /// <summary>Runs on the process's own input and output until the agent is gone. Signals that would end it are ignored: it ends when it has thawed.</summary>
    public static async Task<int> RunProcessAsync()
    {
        PosixSignal[] signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        var ignored = signals.Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)).ToArray();
        await new FreezeGuard(TimeProvider.System, Console.In, Console.Out, Console.Error).RunAsync();
        // Not disposed: a signal still on its way when the work is done must not end the process another way.
        GC.KeepAlive(ignored);
        return 0;
    }

    public async Task RunAsync()
    {
        try
        {
            while (await input.ReadLineAsync() is { } line)
                await AnswerAsync(FreezeGuardProtocol.Parse(line));
        }
        finally
        {
            ThawEverything();
        }
    }

    private async Task AnswerAsync(GuardMessage message)
    {
        switch (message)
        {
            case GuardMessage.Arm arm:
                Arm(arm);
                await output.WriteLineAsync(FreezeGuardProtocol.Armed(arm.Id));
                break;
            case GuardMessage.Disarm disarm:
                Disarm(disarm.Id);
                await output.WriteLineAsync(FreezeGuardProtocol.Disarmed(disarm.Id));
                break;
        }

        await output.FlushAsync();
    }

    private void Arm(GuardMessage.Arm arm)
    {
        lock (_gate)
        {
            var timer = time.CreateTimer(_ => Expire(arm.Id), null, arm.ThawAfter, Timeout.InfiniteTimeSpan);
            _armed[arm.Id] = new Armed(arm.MountPoints, timer);
        }
    }

    private void Disarm(long id)
    {
        lock (_gate)
        {
            if (_armed.Remove(id, out var armed))
                armed.Timer.Dispose();
        }
    }

    /// <summary>It stays armed: the agent may be about to freeze another of these mount points.</summary>
    private void Expire(long id)
    {
        lock (_gate)
        {
            if (_armed.TryGetValue(id, out var armed))
                Thaw(armed, "its deadline has passed");
        }
    }

    private void ThawEverything()
    {
        lock (_gate)
        {
            foreach (var armed in _armed.Values)
            {
                armed.Timer.Dispose();
                Thaw(armed, "the agent is gone");
            }

            _armed.Clear();
        }
    }

    private void Thaw(Armed armed, string reason)
    {
        foreach (var mountPoint in armed.MountPoints)
        {
            try
            {
                if (FrozenFileSystem.Thaw(mountPoint))
                    TryLog($"freeze-guard: thawed '{mountPoint}' because {reason}");
            }
            catch (EngineException error)
            {
                // The others still have to be thawed; this one may simply be unmounted by now.
                TryLog($"freeze-guard: {error.Message}");
            }
        }
    }

    /// <summary>The log may have died with the agent, and that must not keep the guard from thawing the rest.</summary>
    private void TryLog(string line)
    {
        try
        {
            log.WriteLine(line);
        }
        catch (IOException)
        {
            return;
        }
    }

    private sealed record Armed(IReadOnlyList<string> MountPoints, ITimer Timer);
}
