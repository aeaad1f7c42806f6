using Tonari.Kubernetes.Resources;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Controller.Preflight;

/// <summary>The same preflight that a relationship begins with, for people who have not saved it yet. It needs no lead: neighbours answer every replica.</summary>
internal sealed class WebPreflight(RelationshipPreflight preflight, string cluster) : IMirrorPreflight
{
    /// <inheritdoc/>
    public async Task<PreflightReport> RunAsync(AppMirror wanted, bool define, CancellationToken ct) =>
        PreflightReports.Of(await preflight.RunAsync(wanted, define, ct), cluster, wanted.Spec.Peer);
}
