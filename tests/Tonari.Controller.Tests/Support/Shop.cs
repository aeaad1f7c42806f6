using Tonari.Kubernetes.Resources;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Support;

/// <summary>A small application in an API server in memory: a database with one volume, and a hook.</summary>
internal static class Shop
{
    public static void SeedShop(this FakeKubernetesApi api) => api.SeedYaml("""
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: Application
        metadata: { name: shop, namespace: shop }
        spec: { namespaces: [ { name: shop, selector: { matchLabels: { app: shop } } } ] }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop, labels: { app: shop } }
        data: { a: "1" }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: db-0, namespace: shop, labels: { app: shop } }
        spec: { containers: [ { name: db, image: postgres } ] }
        status: { phase: Running, containerStatuses: [ { name: db, ready: true, image: postgres, imageID: x, restartCount: 0, state: { running: {} } } ] }
        """);

    public static void SeedVolume(this FakeKubernetesApi api, string claim, string pool = "blue-main", string driver = "tonari.dev") => api.SeedYaml($$"""
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: {{claim}}, namespace: shop, labels: { app: shop } }
        spec: { volumeName: pv-{{claim}}, storageClassName: tonari, accessModes: [ ReadWriteOnce ] }
        status: { phase: Bound }
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: pv-{{claim}} }
        spec:
          capacity: { storage: 1Gi }
          csi: { driver: {{driver}}, volumeHandle: pvc-{{claim}}, fsType: ext4, volumeAttributes: { pool: {{pool}} } }
        """);

    public static void SeedHook(this FakeKubernetesApi api, string name, HookStage stage) => api.SeedYaml($$"""
        apiVersion: tonari.dev/v1alpha1
        kind: ExecHook
        metadata: { name: {{name}}, namespace: shop }
        spec: { application: shop, stages: [ {{stage}} ], command: [ {{name}} ] }
        """);

    public static void SeedPool(this FakeKubernetesApi api, string name, TimeProvider time, bool managed = true) => api.SeedYaml($$"""
        apiVersion: tonari.dev/v1alpha1
        kind: StoragePool
        metadata: { name: {{name}} }
        spec: { managed: {{(managed ? "true" : "false")}} }
        status: { node: node, usable: true, state: Managed, agentEndpoint: "agent:1", capacityBytes: 10737418240, usedBytes: 0, heartbeatTime: "{{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}}" }
        """);
}
