namespace Tonari.Engine.Interop;

/// <summary>Runs calls that may block for long (or, on a hung filesystem, for ever) on a thread of their own, so that the thread pool stays free.</summary>
internal static class KernelThread
{
    public static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task RunAsync(Action call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
