using k8s.Models;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Actions;

/// <summary>From a request to the mirror that it would make. Pure: what is checked before saving is what is saved.</summary>
internal static class WantedMirror
{
    /// <summary>The mirror as it would be created.</summary>
    /// <param name="ns">Namespace of the application.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="mirrorId">The id both sides will share.</param>
    /// <exception cref="NotUnderstoodException">Something is missing or out of its range.</exception>
    public static AppMirror Of(string ns, ConfigureRequest request, string mirrorId)
    {
        if (string.IsNullOrEmpty(request.Application) || string.IsNullOrEmpty(request.Peer))
            throw new NotUnderstoodException("Say which application, and which peer is to receive.");
        if (request.Schedule is { } every && every.Value < MirrorLimits.ShortestSchedule)
            throw new NotUnderstoodException($"The shortest schedule is {new GoDuration(MirrorLimits.ShortestSchedule)}.");
        if (request.WantedRpo is { } rpo && rpo.Value <= TimeSpan.Zero)
            throw new NotUnderstoodException("wantedRpo must be longer than nothing.");
        if (request.Retain is < 1 or > 100)
            throw new NotUnderstoodException("retain must be between 1 and 100.");
        if (request.RateLimitBytesPerSecond is < 1)
            throw new NotUnderstoodException("rateLimitBytesPerSecond must be at least 1; leave it out for no limit.");
        if (request.NamespaceMapping is { } mapping && mapping.Values.Distinct(StringComparer.Ordinal).Count() != mapping.Count)
            throw new NotUnderstoodException("Two namespaces are mapped to the same one; each needs its own.");
        var defaults = new AppMirrorSpec();
        return new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = request.Name ?? request.Application, NamespaceProperty = ns },
            Spec = new AppMirrorSpec
            {
                Application = request.Application,
                Peer = request.Peer,
                MirrorId = mirrorId,
                Schedule = request.Schedule ?? defaults.Schedule,
                WantedRpo = request.WantedRpo,
                Retain = request.Retain ?? defaults.Retain,
                OnFenced = request.OnFenced ?? defaults.OnFenced,
                RateLimitBytesPerSecond = request.RateLimitBytesPerSecond,
                NamespaceMapping = request.NamespaceMapping ?? defaults.NamespaceMapping,
                StorageClassMapping = request.StorageClassMapping ?? defaults.StorageClassMapping,
            },
        };
    }
}
