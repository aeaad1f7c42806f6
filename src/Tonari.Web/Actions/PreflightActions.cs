using Tonari.Kubernetes;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>Looking at both clusters before a replication is configured. For whoever could configure it: it tells what is in the application.</summary>
internal sealed class PreflightActions(IMirrorPreflight preflight, Permissions permissions, IRandomness randomness)
{
    /// <summary>What both clusters say of what would be configured.</summary>
    /// <exception cref="NotUnderstoodException">The request makes no sense.</exception>
    /// <exception cref="NotAllowedException">The caller may not configure it.</exception>
    public async Task<PreflightReport> RunAsync(Caller caller, string ns, ConfigureRequest request, CancellationToken ct)
    {
        var wanted = WantedMirror.Of(ns, request, randomness.NewId(MirrorRequests.MirrorIdLength));
        await permissions.DemandAsync(caller, Permission.To<AppMirror>("create", ns), ct);
        return await preflight.RunAsync(wanted, request.Define, ct);
    }
}
