using k8s;
using k8s.Models;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Preflight;

/// <summary>Reads this cluster into <see cref="PreflightFacts"/> and has them judged. Changes nothing.</summary>
internal sealed class PreflightGatherer(
    IKubernetesApi api, ApplicationCapture capture, IMirrorStore mirrors, IPeerDirectory peers, IPools pools, PeerSelf self, TimeProvider time) : IPreflight
{
    /// <inheritdoc/>
    public async Task<PreflightResult> RunAsync(PreflightQuestion question, CancellationToken ct)
    {
        var facts = await GatherAsync(question, ct);
        var verdicts = PreflightChecks.Run(facts);
        return question.Spec.InitialRole == MirrorRole.Primary
            ? new PreflightResult(verdicts, [.. facts.Volumes.Select(v => new WantedVolume(v.Key, v.SizeBytes, v.StorageClass))])
            : new PreflightResult(verdicts, [])
            {
                StorageClasses = [.. facts.StorageClasses.Where(c => c.Value == WellKnown.Driver).Select(c => c.Key).Order(StringComparer.Ordinal)],
                Pools = [.. facts.Pools.Where(PreflightChecks.IsGood)],
            };
    }

    private async Task<PreflightFacts> GatherAsync(PreflightQuestion question, CancellationToken ct)
    {
        var (spec, @namespace) = (question.Spec, question.Namespace);
        var primary = spec.InitialRole == MirrorRole.Primary;
        var peer = peers.Find(spec.Peer);
        var application = primary ? await FindAsync(question, ct) : null;
        var volumes = primary ? await OwnVolumesAsync(application, ct) : [.. question.Volumes.Select(v => Mapped(spec, v))];
        var spanned = application is null ? [] : ApplicationScope.Of(application).NamespaceNames;
        List<string> namespaces =
            [.. volumes.Select(v => v.LocalKey.Split('/')[0]).Concat(spanned).Append(@namespace).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        // What is in a namespace that the neighbour may not use is not its business; that it may not use it is judged all the same.
        if (primary && peer is not null)
            volumes = [.. volumes.Where(v => peer.Spec.AllowsNamespace(v.LocalKey.Split('/')[0], self.SystemNamespace))];
        return new PreflightFacts
        {
            Role = spec.InitialRole,
            MirrorId = spec.MirrorId ?? "",
            Application = spec.Application,
            LocalVersion = self.Version,
            PeerName = spec.Peer,
            Peer = peer is null ? null : FactsOf(peer),
            ApplicationExists = application is not null,
            Volumes = volumes,
            Pools = PoolsFor(primary ? null : peer),
            StorageClasses = primary ? new Dictionary<string, string>() : await StorageClassesAsync(ct),
            Namespaces = primary ? [.. namespaces.Select(n => new NamespaceFacts(n, true, null, []))] : await NamespacesAsync(namespaces, peer, spec.MirrorId ?? "", ct),
            OtherMirrors = [.. mirrors.All.Where(m => m.Spec.MirrorId != spec.MirrorId).Select(m => FactsOf(m, spec, @namespace, volumes))],
        };
    }

    private async Task<Application?> FindAsync(PreflightQuestion question, CancellationToken ct)
    {
        var (name, ns) = (question.Spec.Application, question.Namespace);
        return await api.FindAsync<Application>(ns, name, ct) is { } found ? found
            : question.Define ? new Application { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns } }
            : null;
    }

    private async Task<IReadOnlyList<VolumeFacts>> OwnVolumesAsync(Application? application, CancellationToken ct)
    {
        if (application is null)
            return [];
        var found = await capture.DescribeVolumesAsync(application, ct);
        var missing = await ApplicationConsent.MissingAsync(api, application, ct);
        return [.. found.Select(v => new VolumeFacts(
            $"{v.Namespace}/{v.Claim}", $"{v.Namespace}/{v.Claim}", v.SizeBytes, v.StorageClass, v.Pool,
            missing.GetValueOrDefault(v.Namespace) ?? (v.Replicable ? null : v.Reason ?? "It does not say why.")))];
    }

    private static VolumeFacts Mapped(AppMirrorSpec spec, WantedVolume volume) => new(
        volume.Key,
        MirrorKeys.Local(spec, volume.Key),
        volume.SizeBytes,
        volume.StorageClass is { } name ? spec.StorageClassMapping.GetValueOrDefault(name, name) : null);

    private PeerFacts FactsOf(ClusterPeer peer) => new(
        peer.Spec.Suspended,
        peer.Status?.Reachable == true,
        peer.Status?.Message,
        peer.Status?.Version,
        peer.Status?.ClockSkewMs is { } skew ? TimeSpan.FromMilliseconds(skew) : null,
        peer.Spec.AllowedNamespaces,
        self.SystemNamespace);

    private static OtherMirrorFacts FactsOf(AppMirror other, AppMirrorSpec spec, string @namespace, IReadOnlyList<VolumeFacts> volumes)
    {
        // One that has not had its first sync names no volumes yet; the same application means the same ones.
        var twin = other.Namespace == @namespace && other.Spec.Application == spec.Application;
        return new OtherMirrorFacts(
            $"{other.Namespace}/{other.Name}",
            other.Spec.MirrorId ?? "",
            twin ? [.. volumes.Select(v => v.LocalKey)] : [.. (other.Status?.Mirror.Volumes ?? []).Select(v => MirrorKeys.Local(other.Spec, v.Key))]);
    }

    private IReadOnlyList<PoolFacts> PoolsFor(ClusterPeer? guest)
    {
        var allowed = guest?.Spec.AllowedPools ?? [];
        var now = time.GetUtcNow();
        return
        [
            .. pools.All.Where(p => allowed.Count == 0 || allowed.Contains(p.Name)).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => new PoolFacts(
                p.Name,
                p.Spec.Managed,
                p.Status?.Usable == true,
                p.Status?.Reason,
                AgentDirectory.IsReady(p, now),
                Math.Max(0, (p.Status?.CapacityBytes ?? 0) - (p.Status?.UsedBytes ?? 0)))),
        ];
    }

    private async Task<IReadOnlyDictionary<string, string>> StorageClassesAsync(CancellationToken ct) =>
        (await api.ListAsync<V1StorageClass>(null, ct)).ToDictionary(c => c.Metadata.Name, c => c.Provisioner, StringComparer.Ordinal);

    private async Task<IReadOnlyList<NamespaceFacts>> NamespacesAsync(IEnumerable<string> names, ClusterPeer? guest, string mirrorId, CancellationToken ct)
    {
        var facts = new List<NamespaceFacts>();
        foreach (var name in names)
        {
            // What is in a namespace that the neighbour may not use is not its business: it is not looked into.
            if ((guest is not null && !guest.Spec.AllowsNamespace(name, self.SystemNamespace)) || await api.FindAsync<V1Namespace>(null, name, ct) is not { } found)
            {
                facts.Add(new NamespaceFacts(name, false, null, []));
                continue;
            }
            List<string> foreign =
            [
                .. await ForeignAsync<V1PersistentVolumeClaim>(name, mirrorId, ct), .. await ForeignAsync<V1Deployment>(name, mirrorId, ct),
                .. await ForeignAsync<V1StatefulSet>(name, mirrorId, ct), .. await ForeignAsync<V1DaemonSet>(name, mirrorId, ct),
            ];
            facts.Add(new NamespaceFacts(name, true, Label(found), foreign));
        }
        return facts;
    }

    private async Task<IEnumerable<string>> ForeignAsync<T>(string @namespace, string mirrorId, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        (await api.ListAsync<T>(@namespace, ct)).Where(o => Label(o) != mirrorId).Select(o => $"{ResourceKind.Of<T>().Kind}/{o.Metadata.Name}");

    private static string? Label(IKubernetesObject<V1ObjectMeta> value) =>
        value.Metadata.Labels?.TryGetValue(WellKnown.MirrorLabel, out var label) == true ? label : null;
}
