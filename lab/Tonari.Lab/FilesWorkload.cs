using System.Globalization;
using System.Text;

namespace Tonari.Lab;

/// <summary>An application that only keeps files: a Deployment with some number of volumes, in a namespace of its own.</summary>
/// <param name="name">Its namespace, and the name of its Application.</param>
/// <param name="volumes">How many volumes.</param>
/// <param name="size">Size of each, as Kubernetes writes it: <c>1Gi</c>.</param>
/// <param name="storageClass">Their StorageClass.</param>
public sealed class FilesWorkload(string name, int volumes, string size, string storageClass = "tonari")
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <summary>Its namespace.</summary>
    public string Name => name;

    /// <summary>Puts it on a cluster, tells Tonari about it, and waits until it runs.</summary>
    public async Task DeployAsync(LabCluster cluster, CancellationToken ct)
    {
        await cluster.ApplyAsync(Manifest(), ct);
        await UntilReadyAsync(cluster, ct);
    }

    /// <summary>Waits until it runs on a cluster.</summary>
    public Task UntilReadyAsync(LabCluster cluster, CancellationToken ct) => cluster.RolledOutAsync(name, "deployment/files", StartLimit, ct);

    /// <summary>Writes random bytes to a file and makes them durable.</summary>
    /// <param name="cluster">Where it runs.</param>
    /// <param name="path">Below a volume's mount, e.g. <c>/data/v1/big</c>.</param>
    /// <param name="mebibytes">How many MiB.</param>
    /// <param name="ct">Ends it.</param>
    public Task WriteRandomAsync(LabCluster cluster, string path, int mebibytes, CancellationToken ct) => ShellAsync(
        cluster, $"dd if=/dev/urandom of={path} bs=1M count={mebibytes.ToString(CultureInfo.InvariantCulture)} conv=fsync status=none && sync -f {path}", ct);

    /// <summary>SHA-256 of every file of every volume, by path.</summary>
    public Task<string> DigestsAsync(LabCluster cluster, CancellationToken ct) =>
        ShellAsync(cluster, "find /data -type f -not -path '*/lost+found/*' -print0 | sort -z | xargs -0r sha256sum", ct);

    /// <summary>Runs a shell command in it.</summary>
    public Task<string> ShellAsync(LabCluster cluster, string command, CancellationToken ct) =>
        cluster.ExecAsync(name, "deployment/files", ct, "bash", "-euo", "pipefail", "-c", command);

    private string Manifest()
    {
        var yaml = new StringBuilder($$$"""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: {{{name}}}
            ---
            apiVersion: tonari.dev/v1alpha1
            kind: Application
            metadata:
              name: {{{name}}}
              namespace: {{{name}}}
            spec: {}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: files
              namespace: {{{name}}}
              labels: {app: files}
            spec:
              replicas: 1
              strategy: {type: Recreate}
              selector: {matchLabels: {app: files}}
              template:
                metadata: {labels: {app: files}}
                spec:
                  terminationGracePeriodSeconds: 5
                  containers:
                  - name: files
                    image: lab-postgres:15
                    imagePullPolicy: IfNotPresent
                    command: [bash, -c, "trap 'exit 0' TERM; sleep infinity & wait"]
                    volumeMounts:

            """);
        foreach (var volume in Volumes())
        {
            yaml.Append(CultureInfo.InvariantCulture, $"        - {{name: {volume}, mountPath: /data/{volume}}}\n");
        }

        yaml.Append("      volumes:\n");
        foreach (var volume in Volumes())
        {
            yaml.Append(CultureInfo.InvariantCulture, $"      - {{name: {volume}, persistentVolumeClaim: {{claimName: {volume}}}}}\n");
        }

        foreach (var volume in Volumes())
        {
            yaml.Append($$$"""
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: {{{volume}}}
                  namespace: {{{name}}}
                spec:
                  storageClassName: {{{storageClass}}}
                  accessModes: [ReadWriteOnce]
                  resources:
                    requests:
                      storage: {{{size}}}

                """);
        }

        return yaml.ToString();
    }

    private IEnumerable<string> Volumes() => Enumerable.Range(1, volumes).Select(n => "v" + n.ToString(CultureInfo.InvariantCulture));
}
