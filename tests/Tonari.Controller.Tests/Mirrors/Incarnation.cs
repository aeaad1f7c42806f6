namespace Tonari.Controller.Tests.Mirrors;

/// <summary>
/// One life of a worker. Everything it does to the world passes points; at a chosen one the life ends as if the process had been killed:
/// nothing it was doing goes any further.
/// </summary>
internal sealed class Incarnation(int? dieAt) : IDisposable
{
    private readonly CancellationTokenSource _death = new();
    private int _points;

    public bool Died { get; private set; }

    public string DiedAt { get; private set; } = "";

    public CancellationToken Token => _death.Token;

    public void Pass(string point)
    {
        _death.Token.ThrowIfCancellationRequested();
        if (Interlocked.Increment(ref _points) != dieAt) return;
        Died = true;
        DiedAt = point;
        _death.Cancel();
        _death.Token.ThrowIfCancellationRequested();
    }

    public void End() => _death.Cancel();

    public void Dispose() => _death.Dispose();
}
