using Tonari.Controller.Hosting;
using Tonari.Kubernetes.Capture;

namespace Tonari.Controller.Applications;

/// <summary>Keeps what captures may leave out, while this controller leads.</summary>
internal sealed class ContentsWatch(NamespaceContents contents) : ILeaderTask
{
    /// <inheritdoc/>
    public Task RunAsync(CancellationToken ct) => contents.RunAsync(ct);
}
