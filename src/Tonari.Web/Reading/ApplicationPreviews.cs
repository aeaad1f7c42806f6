using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Views;

namespace Tonari.Web.Reading;

/// <summary>
/// What an application would be, found by the very capture that replicates it, in the caller's name: the API server decides what he sees. Where the
/// volumes of his claims are kept is no secret to him, so that is asked with Tonari's own rights.
/// </summary>
internal sealed class ApplicationPreviews(IKubernetesApi api, TimeProvider time) : IDisposable
{
    /// <summary>At a time: each holds every object of an application in memory for a moment.</summary>
    private const int AtATime = 2;

    private readonly SemaphoreSlim _turns = new(AtATime, AtATime);

    /// <summary>Looks.</summary>
    /// <exception cref="NotUnderstoodException">Something is wrong with the definition.</exception>
    public async Task<PreviewView> LookAsync(Caller caller, string ns, DefineRequest request, CancellationToken ct)
    {
        // Whoever only wants to look need not have found a name.
        var spec = Definitions.Read(string.IsNullOrEmpty(request.Name) ? request with { Name = ns } : request);
        var application = new Application { Metadata = new V1ObjectMeta { Name = request.Name ?? ns, NamespaceProperty = ns }, Spec = spec };
        await _turns.WaitAsync(ct);
        try
        {
            var (captured, unseen) = await new ApplicationCapture(api.As(caller.AsUser()), time, api).LookAsync(application, ct);
            return PreviewView.Of(captured, unseen);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Kinds that can be chosen or left out: those without namespaces, and those within.</summary>
    public async Task<(IReadOnlyList<string> Cluster, IReadOnlyList<string> Namespaced)> KindsAsync(CancellationToken ct)
    {
        var kinds = (await api.DiscoverAsync(refresh: false, ct)).Kinds;
        return (
            [.. kinds.Where(k => !k.Namespaced && k.Verbs.Contains("list") && k.Verbs.Contains("create")).Select(k => k.ToString()).Distinct().Order(StringComparer.Ordinal)],
            [.. kinds.Where(CaptureRules.IsCapturable).Select(k => k.ToString()).Append("PersistentVolumeClaim").Distinct().Order(StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();
}
