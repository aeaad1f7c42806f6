using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Transform;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using MakeLive = Tonari.Mirroring.MakeLive;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>The steps that turn a group snapshot into a running application.</summary>
internal sealed class PromotionSteps(LocalVolumes volumes, ResourceApplier applier, PeerBounds bounds) : IMirrorStepHandler
{
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) => step switch
    {
        MakeLive live => MakeLiveAsync(live, context, ct),
        ApplyResources apply => ApplyAsync(apply, context, ct),
        _ => null,
    };

    private async Task<StepResult> MakeLiveAsync(MakeLive step, StepContext context, CancellationToken ct)
    {
        var group = await volumes.GroupAsync(context.Status, step.Snapshot, ct);
        await MakeLiveAsync(volumes, group, ct);
        return new StepResult.Done();
    }

    /// <summary>Makes every volume of a group live from it.</summary>
    public static async Task MakeLiveAsync(LocalVolumes volumes, GroupSnapshot group, CancellationToken ct)
    {
        var agent = volumes.Agent(group.Pool);
        foreach (var member in group.Members)
        {
            await agent.MakeLiveAsync(
                new MakeLiveRequest { Pool = group.Pool, VolumeId = member.VolumeId, From = group.Name },
                LocalVolumes.Options(LocalVolumes.SmallCall, ct));
        }
    }

    private async Task<StepResult> ApplyAsync(ApplyResources step, StepContext context, CancellationToken ct)
    {
        var group = await volumes.GroupAsync(context.Status, step.Snapshot, ct);
        var captured = await CapturedAsync(volumes, group, ct);
        var report = await applier.ApplyAsync(
            new ApplyRequest(captured, Transform(context, captured), Promoted(volumes, group, captured)) { Bounds = bounds.Of(context.Mirror) }, ct);
        if (report.Succeeded) return new StepResult.Done();

        var words = string.Join(' ', report.Problems.Take(5));
        return report.IsWaiting ? new StepResult.NotYet(words) : new StepResult.Failed(words);
    }

    /// <summary>The resources kept beside a group.</summary>
    public static async Task<CapturedResources> CapturedAsync(LocalVolumes volumes, GroupSnapshot group, CancellationToken ct) =>
        CapturedResources.FromBytes(await volumes.ResourcesAsync(group.Pool, group.Name, ct));

    /// <summary>The captured claims whose volumes the group holds, where they are here.</summary>
    public static IReadOnlyList<PromotedVolume> Promoted(LocalVolumes volumes, GroupSnapshot group, CapturedResources captured)
    {
        var node = volumes.NodeOf(group.Pool);
        var members = group.Members.ToDictionary(member => member.VolumeId, StringComparer.Ordinal);
        var missing = captured.Volumes.FirstOrDefault(volume => !members.ContainsKey(volume.VolumeId));
        if (missing is not null)
            throw new StepFailedException($"{group.Name} was captured with {missing.Key} but does not hold its volume {missing.VolumeId}; fail over to another group snapshot.");
        return [.. captured.Volumes.Select(volume => new PromotedVolume(volume, group.Pool, node, members[volume.VolumeId].SizeBytes))];
    }

    /// <summary>
    /// How captured names become names here. Mappings lead from the original primary to the original secondary; what was captured over there
    /// comes home by the reverse, and what was captured here is named as it is.
    /// </summary>
    public static TransformOptions Transform(StepContext context, CapturedResources captured)
    {
        var spec = context.Mirror.Spec;
        var home = captured.SourceCluster == context.Policy.LocalCluster;
        var reverse = spec.InitialRole == MirrorRole.Primary;
        return new TransformOptions
        {
            MirrorId = context.Policy.MirrorId,
            NamespaceMapping = home ? Nothing : reverse ? Reverse(spec.NamespaceMapping) : spec.NamespaceMapping,
            StorageClassMapping = home ? Nothing : reverse ? Reverse(spec.StorageClassMapping) : spec.StorageClassMapping,
        };
    }

    private static readonly Dictionary<string, string> Nothing = [];

    // Several classes there may be one class here: the way back takes the first by name, always the same.
    private static Dictionary<string, string> Reverse(IReadOnlyDictionary<string, string> mapping) => mapping
        .GroupBy(pair => pair.Value, pair => pair.Key)
        .ToDictionary(group => group.Key, group => group.Order(StringComparer.Ordinal).First());
}
