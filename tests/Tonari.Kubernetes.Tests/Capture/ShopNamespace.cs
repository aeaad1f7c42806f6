namespace Tonari.Kubernetes.Tests.Capture;

/// <summary>A varied namespace, as a cluster keeps it.</summary>
internal static class ShopNamespace
{
    public const string Yaml = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, uid: ns-1, labels: { team: a, kubernetes.io/metadata.name: shop } }
        spec: { finalizers: [kubernetes] }
        ---
        apiVersion: v1
        kind: Node
        metadata: { name: node-1 }
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db, namespace: shop, uid: sts-1, labels: { app: db }, managedFields: [ { manager: kubectl } ] }
        spec:
          replicas: 2
          selector: { matchLabels: { app: db } }
          template: { metadata: { labels: { app: db } }, spec: { containers: [ { name: pg, image: postgres } ] } }
          volumeClaimTemplates:
          - metadata: { name: data }
            spec: { storageClassName: fast }
        status: { replicas: 2 }
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: db-0
          namespace: shop
          uid: pod-1
          ownerReferences: [ { kind: StatefulSet, name: db, uid: sts-1, controller: true } ]
        spec:
          volumes: [ { name: data, persistentVolumeClaim: { claimName: data-db-0 } } ]
        status: { phase: Running }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop, uid: dep-1, labels: { app: web } }
        spec:
          replicas: 3
          template: { spec: { volumes: [ { name: u, persistentVolumeClaim: { claimName: uploads } } ] } }
        ---
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: { name: web-1, namespace: shop, uid: rs-1, ownerReferences: [ { kind: Deployment, name: web, uid: dep-1, controller: true } ] }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: migrate, namespace: shop, uid: job-1 }
        status: { conditions: [ { type: Complete, status: "True" } ] }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: import, namespace: shop, uid: job-2 }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: default-token-abcde, namespace: shop, uid: sec-1 }
        type: kubernetes.io/service-account-token
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: db-password, namespace: shop, uid: sec-2, ownerReferences: [ { kind: Cluster, name: main, uid: cr-1, controller: true } ] }
        type: Opaque
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: main-rw, namespace: shop, uid: svc-1, ownerReferences: [ { kind: Cluster, name: main, uid: cr-1, controller: true } ] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, namespace: shop, uid: svc-2 }
        spec: { clusterIP: 10.0.0.7 }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kube-root-ca.crt, namespace: shop, uid: cm-1 }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop, uid: cm-2 }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: default, namespace: shop, uid: sa-1 }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web, namespace: shop, uid: sa-2 }
        ---
        apiVersion: v1
        kind: Event
        metadata: { name: e, namespace: shop, uid: ev-1 }
        ---
        apiVersion: v1
        kind: Endpoints
        metadata: { name: web, namespace: shop, uid: ep-1 }
        ---
        apiVersion: pg.example/v1
        kind: Cluster
        metadata: { name: main, namespace: shop, uid: cr-1 }
        spec: { instances: 3 }
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: clusters.pg.example, uid: crd-1 }
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: others.pg.example, uid: crd-2 }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data-db-0, namespace: shop, uid: pvc-1, labels: { app: db }, annotations: { pv.kubernetes.io/bind-completed: "yes", keep: "1" } }
        spec: { storageClassName: fast, volumeName: pvc-pvc-1, accessModes: [ReadWriteOnce], volumeMode: Filesystem }
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: pvc-pvc-1, uid: pv-1 }
        spec:
          capacity: { storage: 1Gi }
          csi: { driver: tonari.dev, volumeHandle: pvc-pvc-1, fsType: ext4, volumeAttributes: { pool: blue-main } }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: uploads, namespace: shop, uid: pvc-2 }
        spec: { storageClassName: slow, volumeName: other-1 }
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: other-1, uid: pv-2 }
        spec: { capacity: { storage: 2Gi }, csi: { driver: other.example, volumeHandle: x } }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: waiting, namespace: shop, uid: pvc-3 }
        spec: { storageClassName: fast }
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: StoragePool
        metadata: { name: blue-main }
        spec: { managed: true }
        status: { node: blue }
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: Application
        metadata: { name: shop, namespace: shop, uid: app-1 }
        spec: {}
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: AppMirror
        metadata: { name: shop, namespace: shop, uid: mir-1 }
        spec: { application: shop, peer: green }
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: ExecHook
        metadata: { name: checkpoint, namespace: shop, uid: hook-1 }
        spec: { stages: [PreSnapshot], command: [psql] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: shop-reader, uid: clr-1, labels: { app: shop }, annotations: { tonari.dev/applications: shop } }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: other, uid: clr-2 }
        """;
}
