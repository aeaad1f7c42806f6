using System.Globalization;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>The volumes of one cluster, by kubectl alone: growing while in use, snapshots, and claims made from them.</summary>
public sealed class VolumeTests(LabFixture fixture) : LabTest(fixture, Name)
{
    private const string Name = "shelf";
    private const string XfsClass = "shelf-xfs";
    private readonly FilesWorkload files = new(Name, 1, "256Mi");

    [Fact]
    public async Task A_volume_with_xfs_grows_while_it_is_used()
    {
        var xfs = new FilesWorkload(Name, 1, "512Mi", XfsClass); // mkfs.xfs wants 300 MiB
        await Blue.ApplyAsync(
            $$"""
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: {{XfsClass}}}
            provisioner: tonari.dev
            parameters: {csi.storage.k8s.io/fstype: xfs}
            volumeBindingMode: WaitForFirstConsumer
            allowVolumeExpansion: true
            """, Ct);
        await xfs.DeployAsync(Blue, Ct);
        await xfs.WriteRandomAsync(Blue, "/data/v1/before", 16, Ct);
        var digests = await xfs.DigestsAsync(Blue, Ct);
        var pod = await PodAsync();

        await ClaimMoreAsync();

        await UntilGrownAsync();
        (await PodAsync()).ShouldBe(pod, "nothing was restarted for it");
        await xfs.WriteRandomAsync(Blue, "/data/v1/after", 600, Ct);
        (await xfs.DigestsAsync(Blue, Ct)).ShouldContain(digests.Trim());
        await Blue.KubectlAsync(Ct, "delete", "storageclass", XfsClass);
    }

    /// <summary>Growing ext4 while it is mounted takes CAP_SYS_RESOURCE, which not every machine that runs the lab has; growing it at the next mount takes nothing.</summary>
    [Fact]
    public async Task A_volume_with_ext4_has_grown_after_its_next_mount_at_the_latest()
    {
        await files.DeployAsync(Blue, Ct);
        await files.WriteRandomAsync(Blue, "/data/v1/before", 16, Ct);
        var digests = await files.DigestsAsync(Blue, Ct);

        await ClaimMoreAsync();
        var volume = (string?)(await Blue.GetAsync($"/api/v1/namespaces/{Name}/persistentvolumeclaims/v1", Ct))?["spec"]?["volumeName"];
        await Eventually.TrueAsync("the volume to have grown", Soon, async token =>
            (string?)(await Blue.GetAsync($"/api/v1/persistentvolumes/{volume}", token))?["spec"]?["capacity"]?["storage"] == "1Gi" ? null : "not yet", Ct);
        await Blue.KubectlAsync(Ct, "-n", Name, "rollout", "restart", "deployment/files");
        await files.UntilReadyAsync(Blue, Ct);

        await UntilGrownAsync();
        (await files.DigestsAsync(Blue, Ct)).ShouldBe(digests);
        await files.WriteRandomAsync(Blue, "/data/v1/after", 400, Ct);
    }

    [Fact]
    public async Task A_claim_made_from_a_snapshot_holds_what_was_there_then()
    {
        await files.DeployAsync(Blue, Ct);
        await files.WriteRandomAsync(Blue, "/data/v1/file", 16, Ct);
        var then = (await files.ShellAsync(Blue, "sha256sum < /data/v1/file", Ct)).Trim();
        await Blue.ApplyAsync(
            """
            apiVersion: snapshot.storage.k8s.io/v1
            kind: VolumeSnapshot
            metadata: {name: then, namespace: shelf}
            spec:
              volumeSnapshotClassName: tonari
              source: {persistentVolumeClaimName: v1}
            """, Ct);
        await Eventually.TrueAsync("the snapshot to be ready", Soon, async token =>
            (bool?)(await Blue.GetAsync($"/apis/snapshot.storage.k8s.io/v1/namespaces/{Name}/volumesnapshots/then", token))?["status"]?["readyToUse"] == true ? null : "not yet", Ct);
        await files.WriteRandomAsync(Blue, "/data/v1/file", 16, Ct);

        await Blue.ApplyAsync(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: restored, namespace: shelf}
            spec:
              storageClassName: tonari
              accessModes: [ReadWriteOnce]
              dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: then}
              resources: {requests: {storage: 256Mi}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: reader, namespace: shelf}
            spec:
              restartPolicy: Never
              containers:
              - name: reader
                image: lab-postgres:15
                imagePullPolicy: IfNotPresent
                command: [bash, -c, "sha256sum < /restored/file"]
                volumeMounts:
                - {name: restored, mountPath: /restored}
              volumes:
              - {name: restored, persistentVolumeClaim: {claimName: restored}}
            """, Ct);
        await Eventually.TrueAsync("the reader to have read", Soon, async token =>
            (string?)(await Blue.GetAsync($"/api/v1/namespaces/{Name}/pods/reader", token))?["status"]?["phase"] is "Succeeded" ? null : "not yet", Ct);

        (await Blue.KubectlAsync(Ct, "-n", Name, "logs", "reader")).Trim().ShouldBe(then);

        await Blue.KubectlAsync(Ct, "-n", Name, "delete", "volumesnapshot", "then", "--timeout=60s");
        await Eventually.TrueAsync("the snapshot's content to be gone", Soon, async token =>
            (await Blue.ListAsync("/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents", token)).Count == 0 ? null : "it is still there", Ct);
    }

    private async Task ClaimMoreAsync() =>
        await Blue.KubectlAsync(Ct, "-n", Name, "patch", "pvc", "v1", "-p", """{"spec":{"resources":{"requests":{"storage":"1Gi"}}}}""");

    private async Task UntilGrownAsync()
    {
        await Eventually.TrueAsync("the filesystem to have grown", Soon, async token =>
        {
            var size = long.Parse((await files.ShellAsync(Blue, "df --output=size -B1 /data/v1 | tail -n 1", token)).Trim(), CultureInfo.InvariantCulture);
            return size > 900L << 20 ? null : $"it has {size} bytes";
        }, Ct);
        await Eventually.TrueAsync("the claim to say so", Soon, async token =>
            (string?)(await Blue.GetAsync($"/api/v1/namespaces/{Name}/persistentvolumeclaims/v1", token))?["status"]?["capacity"]?["storage"] == "1Gi" ? null : "not yet", Ct);
    }

    private async Task<string> PodAsync() =>
        (string)(await Blue.ListAsync($"/api/v1/namespaces/{Name}/pods?labelSelector=app%3Dfiles", Ct)).Single()["metadata"]!["uid"]!;
}
