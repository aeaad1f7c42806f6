using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>The volumes of one cluster, by kubectl alone: growing while in use, snapshots, and claims made from them.</summary>
public sealed class VolumeTests(LabFixture fixture) : LabTest(fixture, Name)
{
    private const string Name = "shelf";
    private readonly FilesWorkload files = new(Name, 1, "256Mi");

    [Fact]
    public async Task A_volume_grows_while_it_is_used()
    {
        await files.DeployAsync(Blue, Ct);
        await files.WriteRandomAsync(Blue, "/data/v1/before", 16, Ct);
        var digests = await files.DigestsAsync(Blue, Ct);
        var pod = await PodAsync();

        await Blue.KubectlAsync(Ct, "-n", Name, "patch", "pvc", "v1", "-p", """{"spec":{"resources":{"requests":{"storage":"1Gi"}}}}""");

        await Eventually.TrueAsync("the filesystem to have grown", Soon, async token =>
        {
            var size = long.Parse((await files.ShellAsync(Blue, "df --output=size -B1 /data/v1 | tail -n 1", token)).Trim(), System.Globalization.CultureInfo.InvariantCulture);
            return size > 900L << 20 ? null : $"it has {size} bytes";
        }, Ct);
        await Eventually.TrueAsync("the claim to say so", Soon, async token =>
            (string?)(await Blue.GetAsync($"/api/v1/namespaces/{Name}/persistentvolumeclaims/v1", token))?["status"]?["capacity"]?["storage"] == "1Gi" ? null : "not yet", Ct);
        (await PodAsync()).ShouldBe(pod, "nothing was restarted for it");
        await files.WriteRandomAsync(Blue, "/data/v1/after", 400, Ct);
        (await files.DigestsAsync(Blue, Ct)).ShouldContain(digests.Trim());
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

    private async Task<string> PodAsync() =>
        (string)(await Blue.ListAsync($"/api/v1/namespaces/{Name}/pods?labelSelector=app%3Dfiles", Ct)).Single()["metadata"]!["uid"]!;
}
