namespace Tonari.Kubernetes.Tests.RealApiServer;

/// <summary>A varied namespace that a real server accepts, with one workload that Tonari has stopped.</summary>
internal static class ShopOnServer
{
    public const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: clusters.pg.example }
        spec:
          group: pg.example
          scope: Namespaced
          names: { kind: Cluster, plural: clusters, singular: cluster, listKind: ClusterList }
          versions:
          - name: v1
            served: true
            storage: true
            schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
        """;

    public const string Objects = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, labels: { team: a } }
        ---
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: fast }
        provisioner: tonari.dev
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: shop-reader, annotations: { tonari.dev/applications: '*' } }
        rules: [ { apiGroups: [""], resources: [pods], verbs: [get] } ]
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web, namespace: shop }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: { name: web, namespace: shop }
        roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-reader }
        subjects: [ { kind: ServiceAccount, name: web, namespace: shop } ]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop }
        data: { a: "1" }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: password, namespace: shop }
        stringData: { password: secret }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, namespace: shop }
        spec: { type: NodePort, selector: { app: web }, ports: [ { name: http, port: 80, nodePort: 30080 } ] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: db, namespace: shop }
        spec: { clusterIP: None, selector: { app: db }, ports: [ { port: 5432 } ] }
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db, namespace: shop, annotations: { tonari.dev/replicas-before-stop: "2" } }
        spec:
          replicas: 0
          serviceName: db
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec: { containers: [ { name: pg, image: postgres, volumeMounts: [ { name: data, mountPath: /data } ] } ] }
          volumeClaimTemplates:
          - metadata: { name: data }
            spec: { storageClassName: fast, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template: { metadata: { labels: { app: web } }, spec: { serviceAccountName: web, containers: [ { name: web, image: nginx } ] } }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: import, namespace: shop }
        spec: { template: { spec: { restartPolicy: Never, containers: [ { name: c, image: busybox } ] } } }
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: { name: web, namespace: shop }
        spec: { rules: [ { host: shop.example, http: { paths: [ { path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } } ] } } ] }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: data-db-0, namespace: shop, labels: { app: db } }
        spec: { storageClassName: fast, volumeName: pvc-here, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: pvc-here }
        spec:
          capacity: { storage: 1Gi }
          accessModes: [ReadWriteOnce]
          storageClassName: fast
          claimRef: { apiVersion: v1, kind: PersistentVolumeClaim, namespace: shop, name: data-db-0 }
          csi: { driver: tonari.dev, volumeHandle: pvc-here, fsType: ext4, volumeAttributes: { pool: blue-main } }
        ---
        apiVersion: pg.example/v1
        kind: Cluster
        metadata: { name: main, namespace: shop }
        spec: { instances: 3 }
        """;
}
