using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Transform;

namespace Tonari.Kubernetes.Apply;

/// <summary>Makes persistent volumes and claims for promoted volumes, or refuses; repeatable.</summary>
internal sealed class VolumeApplier(IKubernetesApi api, TimeProvider time)
{
    /// <summary>
    /// How long binding is waited for; it takes less than a second. After that the workloads are applied all the same: the scheduler copes, only slowly.
    /// </summary>
    private static readonly TimeSpan BindingPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BindingPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Binding takes a few hundred milliseconds where nothing comes between.</summary>
    private const int LooksBetweenReminders = 5;

    private const string BindingReminderAnnotation = "tonari.dev/binding-reminder";

    public async Task<IReadOnlyList<ApplyResult>> ApplyAsync(IReadOnlyList<PromotedVolume> volumes, TransformOptions transform, CancellationToken ct)
    {
        var (results, claims) = (new List<ApplyResult>(), new List<V1PersistentVolumeClaim>());
        foreach (var volume in volumes)
        {
            var (said, claim) = await ApplyVolumeAsync(volume, transform, ct);
            results.AddRange(said);
            if (claim is not null) claims.Add(claim);
        }

        var started = time.GetTimestamp();
        foreach (var volume in claims)
            await AwaitAvailableAsync(volume.Spec.VolumeName, started, ct);
        foreach (var claim in claims)
            await api.CreateAsync(claim, ct);
        if (new ApplyReport(results).Succeeded)
            await AwaitBoundAsync([.. volumes.Select(volume => VolumeObjects.Claim(volume, transform))], ct);
        return results;
    }

    // A claim that the binding controller sees before it has seen its volume, or sees the volume as still belonging to the claim before, is put
    // aside until everything is looked at again, every 15 s (kube-controller-manager, --pvclaimbinder-sync-period): 10 s and more were measured.
    private async Task AwaitAvailableAsync(string volume, long started, CancellationToken ct)
    {
        while (time.GetElapsedTime(started) < BindingPatience
            && (await api.FindAsync<V1PersistentVolume>(null, volume, ct))?.Status?.Phase is "Pending" or "Released")
        {
            await Task.Delay(BindingPause, time, ct);
        }
    }

    // A pod that the scheduler sees before its claims are bound is put aside and looked at again much later: 10 to 27 s were measured.
    private async Task AwaitBoundAsync(IReadOnlyList<V1PersistentVolumeClaim> claims, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        foreach (var claim in claims)
        {
            var looks = 0;
            while (time.GetElapsedTime(started) < BindingPatience
                && (await api.FindAsync<V1PersistentVolumeClaim>(claim.Namespace(), claim.Name(), ct))?.Status?.Phase == "Pending")
            {
                if (++looks % LooksBetweenReminders == 0)
                    await RemindAsync(claim, looks.ToString(CultureInfo.InvariantCulture), ct);
                await Task.Delay(BindingPause, time, ct);
            }

            if (looks >= LooksBetweenReminders)
                await RemindAsync(claim, null, ct);
        }
    }

    // The binding controller lets a claim lie until its next resync also after an update conflict of its own. Any change of the claim makes it look.
    private async Task RemindAsync(V1PersistentVolumeClaim claim, string? value, CancellationToken ct)
    {
        var annotations = new JsonObject { [BindingReminderAnnotation] = value };
        try
        {
            await api.MergeAsync<V1PersistentVolumeClaim>(
                claim.Namespace(), claim.Name(), new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }, ct);
        }
        catch (ResourceNotFoundException)
        {
            // Deleted meanwhile: what comes next says so.
        }
    }

    /// <summary>Sees to the volume's object. Returns what was done, and the claim that is still to be made.</summary>
    private async Task<(IReadOnlyList<ApplyResult> Said, V1PersistentVolumeClaim? Missing)> ApplyVolumeAsync(
        PromotedVolume promoted, TransformOptions transform, CancellationToken ct)
    {
        var className = transform.StorageClass(promoted.Volume.StorageClass);
        var storageClass = className is { Length: > 0 } ? await api.FindAsync<V1StorageClass>(null, className, ct) : null;
        var wantedVolume = VolumeObjects.Volume(promoted, transform, storageClass);
        var wantedClaim = VolumeObjects.Claim(promoted, transform);
        var volumeName = $"PersistentVolume {wantedVolume.Name()}";
        var claimName = $"PersistentVolumeClaim {wantedClaim.Namespace()}/{wantedClaim.Name()}";
        if (className is { Length: > 0 } && storageClass is null)
        {
            var refusal = $"This cluster has no storage class {className}. Create it or map the class to one that exists (storageClassMapping).";
            return ([new ApplyResult(claimName, ApplyOutcome.Refused, refusal)], null);
        }
        var claim = await api.FindAsync<V1PersistentVolumeClaim>(wantedClaim.Namespace(), wantedClaim.Name(), ct);
        var aboutClaim = VolumeDecisions.OfClaim(claim, wantedClaim);
        if (aboutClaim.Action is VolumeAction.Refuse or VolumeAction.Wait)
            return ([ResultOf(claimName, aboutClaim)], null);

        var there = await api.FindAsync<V1PersistentVolume>(null, wantedVolume.Name(), ct);
        var aboutVolume = VolumeDecisions.OfVolume(there, wantedVolume, claim);
        if (aboutVolume.Action == VolumeAction.Create)
            await api.CreateAsync(wantedVolume, ct);
        else if (aboutVolume.Action == VolumeAction.FreeClaimRef)
            await FreeAsync(there!, wantedVolume, ct);
        else if (aboutVolume.Action != VolumeAction.Leave)
            return ([ResultOf(volumeName, aboutVolume)], null);

        return ([ResultOf(volumeName, aboutVolume), ResultOf(claimName, aboutClaim)], aboutClaim.Action == VolumeAction.Create ? wantedClaim : null);
    }

    // A claim of the same name that is gone left its uid: without it the volume is free for the new claim of that name, and for no other.
    private async Task FreeAsync(V1PersistentVolume there, V1PersistentVolume wanted, CancellationToken ct)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = there.Metadata.ResourceVersion },
            ["spec"] = new JsonObject
            {
                ["claimRef"] = new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "PersistentVolumeClaim",
                    ["namespace"] = wanted.Spec.ClaimRef.NamespaceProperty,
                    ["name"] = wanted.Spec.ClaimRef.Name,
                    ["uid"] = null,
                    ["resourceVersion"] = null,
                },
            },
        };
        await api.MergeAsync<V1PersistentVolume>(null, there.Name(), patch, ct);
    }

    private static ApplyResult ResultOf(string name, VolumeDecision decision) => decision.Action switch
    {
        VolumeAction.Create or VolumeAction.FreeClaimRef => new ApplyResult(name, ApplyOutcome.Applied),
        VolumeAction.Leave => new ApplyResult(name, ApplyOutcome.Left, decision.Message),
        VolumeAction.Wait => new ApplyResult(name, ApplyOutcome.Waiting, decision.Message),
        _ => new ApplyResult(name, ApplyOutcome.Refused, decision.Message),
    };
}
