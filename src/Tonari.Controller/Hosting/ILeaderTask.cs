namespace Tonari.Controller.Hosting;

/// <summary>Work that only the leading controller does.</summary>
internal interface ILeaderTask
{
    /// <summary>Runs until cancelled. An exception ends this process: it starts again with what is written in the API.</summary>
    public Task RunAsync(CancellationToken ct);
}
