using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;
using Tonari.Web.Hosting;

namespace Tonari.Web.Reading;

/// <summary>What this cluster says of itself to others. It is no secret: whoever connects to it is shown as much.</summary>
internal sealed class ThisCluster(IKubernetesApi api, WebOptions options)
{
    private ClusterInfo? _known;

    /// <summary>Its address and fingerprint; null until the controller has published them. They last as long as the program.</summary>
    public async Task<ClusterInfo?> FindAsync(CancellationToken ct) => _known ??= await ClusterInfo.FindAsync(api, options.Namespace, ct);
}
