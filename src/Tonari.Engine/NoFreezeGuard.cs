namespace Tonari.Engine;

/// <summary>No guard: if the process dies while something is frozen, it stays so until the pool is opened again.</summary>
public sealed class NoFreezeGuard : IFreezeGuard
{
    /// <inheritdoc/>
    public Task<IAsyncDisposable> ArmAsync(IReadOnlyList<string> mountPoints, TimeSpan thawAfter, CancellationToken ct) =>
        Task.FromResult<IAsyncDisposable>(new Lease());

    private sealed class Lease : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
