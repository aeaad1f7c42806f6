using System.Diagnostics;
using Tonari.Engine;

namespace Tonari.Node.Freezing;

/// <summary>How the guard is started.</summary>
/// <param name="Program">Executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record GuardCommand(string Program, IReadOnlyList<string> Arguments)
{
    public const string Verb = "freeze-guard";

    /// <summary>This program's own executable, as a guard.</summary>
    public static GuardCommand Own() => new(Path.Combine(AppContext.BaseDirectory, typeof(GuardCommand).Assembly.GetName().Name!), [Verb]);
}

/// <summary>There is no freeze guard just now, so nothing may be frozen. It is being started again.</summary>
internal sealed class NoFreezeGuardException(string message) : Exception(message);

/// <summary>The agent's side of the guard: keeps one running, arms and disarms it, and thaws itself when the guard dies.</summary>
internal sealed partial class GuardProcess(GuardCommand command, TimeProvider time, ILogger<GuardProcess> logger) : BackgroundService, IFreezeGuard
{
    /// <summary>The guard answers in less than a millisecond; one that does not within this time is as good as dead.</summary>
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Its first answer comes when it has started, which a busy node makes slow; replaced earlier it would never get there. Nothing is frozen meanwhile.</summary>
    private static readonly TimeSpan s_firstAnswerTimeout = TimeSpan.FromSeconds(15);

    /// <summary>So that a guard that cannot start does not keep a core busy.</summary>
    private static readonly TimeSpan s_restartDelay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, IReadOnlyList<string>> _armed = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Process? _guard;
    private Process? _hasAnswered;
    private long _lastId;

    /// <summary>Whether snapshots can be taken.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_gate)
                return _guard is not null;
        }
    }

    public int? ProcessId
    {
        get
        {
            lock (_gate)
                return _guard?.Id;
        }
    }

    public async Task<IAsyncDisposable> ArmAsync(IReadOnlyList<string> mountPoints, TimeSpan thawAfter, CancellationToken ct)
    {
        var id = Interlocked.Increment(ref _lastId);
        // Noted first: if the guard dies at any moment from here on, this process thaws.
        lock (_gate)
            _armed[id] = mountPoints;
        try
        {
            await AskAsync(FreezeGuardProtocol.Arm(id, thawAfter, mountPoints), FreezeGuardProtocol.Armed(id), ct);
        }
        catch
        {
            Forget(id);
            throw;
        }

        return new Lease(this, id);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var process = Start();
            try
            {
                await process.WaitForExitAsync(stoppingToken);
                lock (_gate)
                    _guard = null;
                LogDied(process.ExitCode);
                ThawArmed();
                // Whoever is asking it just now gets the end of its output; only then may the process object go.
                await _turn.WaitAsync(stoppingToken);
                _turn.Release();
                await Task.Delay(s_restartDelay, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                await StopAsync(process);
            }
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    private Process Start()
    {
        var process = Process.Start(new ProcessStartInfo(command.Program, command.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"The freeze guard '{command.Program}' did not start.");
        process.StandardInput.AutoFlush = true;
        lock (_gate)
            _guard = process;
        LogStarted(process.Id);
        return process;
    }

    /// <summary>Its input ends, it thaws what is armed, and ends.</summary>
    private async Task StopAsync(Process process)
    {
        lock (_gate)
            _guard = null;
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task AskAsync(string question, string answer, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            var guard = Running();
            using var patience = new CancellationTokenSource(guard == _hasAnswered ? s_answerTimeout : s_firstAnswerTimeout, time);
            try
            {
                await guard.StandardInput.WriteLineAsync(question.AsMemory(), patience.Token);
                if (await guard.StandardOutput.ReadLineAsync(patience.Token) != answer)
                    throw new IOException("The freeze guard answered something else.");
                _hasAnswered = guard;
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // Out of step or silent: it is replaced, and its end makes this process thaw.
                KillIfRunning(guard);
                throw new NoFreezeGuardException($"The freeze guard does not answer ({error.Message}); it is being replaced. Nothing was frozen; try again.");
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private Process Running()
    {
        lock (_gate)
        {
            return _guard is { HasExited: false } guard
                ? guard
                : throw new NoFreezeGuardException("There is no freeze guard just now; it is being started. Nothing was frozen; try again.");
        }
    }

    private static void KillIfRunning(Process guard)
    {
        if (!guard.HasExited)
            guard.Kill();
    }

    private async Task DisarmAsync(long id)
    {
        // The filesystems are thawed by now, so a guard that is gone changes nothing.
        Forget(id);
        try
        {
            await AskAsync(FreezeGuardProtocol.Disarm(id), FreezeGuardProtocol.Disarmed(id), CancellationToken.None);
        }
        catch (NoFreezeGuardException error)
        {
            LogNotDisarmed(error.Message);
        }
    }

    private void Forget(long id)
    {
        lock (_gate)
            _armed.Remove(id);
    }

    private void ThawArmed()
    {
        string[] mountPoints;
        lock (_gate)
            mountPoints = [.. _armed.Values.SelectMany(list => list)];
        foreach (var mountPoint in mountPoints)
        {
            try
            {
                if (FrozenFileSystem.Thaw(mountPoint))
                    LogThawed(mountPoint);
            }
            catch (EngineException error)
            {
                LogNotThawed(error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Freeze guard {ProcessId} runs")]
    private partial void LogStarted(int processId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The freeze guard ended with {ExitCode}; whatever is frozen is thawed now and the guard is started again")]
    private partial void LogDied(int exitCode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Thawed '{MountPoint}' because the freeze guard ended")]
    private partial void LogThawed(string mountPoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "Not thawed: {Reason}")]
    private partial void LogNotThawed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not disarmed: {Reason}")]
    private partial void LogNotDisarmed(string reason);

    private sealed class Lease(GuardProcess owner, long id) : IAsyncDisposable
    {
        private int _disposed;

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                await owner.DisarmAsync(id);
        }
    }
}
