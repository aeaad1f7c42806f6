using Tonari.Kubernetes.Resources;
using Tonari.Web.Views;

namespace Tonari.Web.Hosting;

/// <summary>Looks at both clusters before a replication is configured. Only the host can speak with the neighbour.</summary>
public interface IMirrorPreflight
{
    /// <summary>
    /// Checks on both sides what could stand in the way; creates and changes nothing, on neither. A neighbour that cannot be asked is part of the answer.
    /// </summary>
    /// <param name="wanted">The mirror as it would be created.</param>
    /// <param name="define">Where the application is not defined yet, judge it as everything in its namespace.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="Kubernetes.Api.KubernetesApiException">This cluster's API server does not answer.</exception>
    public Task<PreflightReport> RunAsync(AppMirror wanted, bool define, CancellationToken ct);
}
