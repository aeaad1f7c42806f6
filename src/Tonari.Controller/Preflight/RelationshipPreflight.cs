using Google.Protobuf.WellKnownTypes;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Preflight;

/// <summary>Preflight on both sides, the primary first: the secondary's judgement needs to know the volumes. Makes nothing on either.</summary>
internal sealed class RelationshipPreflight(IPeerClients clients, IPreflight preflight, TimeProvider time)
{
    /// <summary>Asks both sides; a neighbour that cannot be asked is an answer too.</summary>
    /// <param name="mirror">This side's half, existing or only wanted.</param>
    /// <param name="define">See <see cref="PreflightQuestion.Define"/>.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RelationshipVerdict> RunAsync(AppMirror mirror, bool define, CancellationToken ct)
    {
        var question = new PreflightQuestion(mirror.Spec, mirror.Namespace, []) { Define = define };
        var own = mirror.Spec.InitialRole == MirrorRole.Primary ? await preflight.RunAsync(question, ct) : null;
        try
        {
            var answer = await AskAsync(mirror, own?.Volumes ?? [], ct);
            own ??= await preflight.RunAsync(question with { Volumes = [.. answer.Volumes.Select(VolumeOf)] }, ct);
            return new RelationshipVerdict(mirror.Spec.InitialRole, own, answer, null);
        }
        catch (PeerException e)
        {
            return new RelationshipVerdict(mirror.Spec.InitialRole, own, null, e);
        }
    }

    private async Task<PreflightResponse> AskAsync(AppMirror mirror, IReadOnlyList<WantedVolume> volumes, CancellationToken ct)
    {
        var request = new PreflightRequest { Mirror = MirrorDefinitions.ForPeer(mirror), Time = time.GetUtcNow().ToTimestamp() };
        request.Volumes.AddRange(volumes.Select(v => new PreflightVolume { Key = v.Key, SizeBytes = v.SizeBytes, StorageClass = v.StorageClass ?? "" }));
        var answer = await clients.For(mirror.Spec.Peer).PreflightAsync(request, ct);
        return PeerVolumes.Problem(answer.Volumes) is { } problem
            ? throw new PeerRefusedException(PeerRefusal.Failure, $"What {mirror.Spec.Peer} answers is no preflight of an application: {problem}.")
            : answer;
    }

    private static WantedVolume VolumeOf(PreflightVolume v) => new(v.Key, v.SizeBytes, v.StorageClass.Length == 0 ? null : v.StorageClass);
}

/// <summary>What both sides said.</summary>
/// <param name="Role">The role of this side.</param>
/// <param name="Own">This side's answer; null where it could not be judged without the neighbour's.</param>
/// <param name="Neighbours">The neighbour's answer.</param>
/// <param name="Silence">Why there is none.</param>
internal sealed record RelationshipVerdict(MirrorRole Role, PreflightResult? Own, PreflightResponse? Neighbours, PeerException? Silence)
{
    /// <summary>What stands in the way, in the order in which it is best solved.</summary>
    public IReadOnlyList<MirrorProblem> Problems
    {
        get
        {
            var own = Own?.Problems ?? [];
            var theirs = Neighbours?.Problems.Take(PeerLimits.MostProblems)
                .Select(p => new MirrorProblem(PeerText.OneLine(p.Reason, PeerLimits.LongestWord), PeerText.OneLine(p.Message))) ?? [];
            List<MirrorProblem> all = Role == MirrorRole.Primary ? [.. own, .. theirs] : [.. theirs, .. own];
            // What is wrong here may be why the neighbour cannot be asked, so it comes first.
            if (WhyNotAsked is { } silence && all.All(problem => problem.Reason != silence.Reason))
                all.Add(silence);
            return all;
        }
    }

    /// <summary>The neighbour's silence as a problem.</summary>
    public MirrorProblem? WhyNotAsked => Silence is null ? null : new(Silence is PeerUnreachableException ? "PeerUnreachable" : "PeerRefuses", Silence.Message);
}
