using System.Text.Json;
using k8s.Models;
using Tonari.Engine;
using Tonari.Kubernetes.Json;
using Tonari.Node.Pools;
using Tonari.Node.Provisioning;
using VolumeSnapshot = Tonari.Node.Provisioning.VolumeSnapshot;

namespace Tonari.Node.Tests.Provisioning;

/// <summary>The objects we make, to the letter.</summary>
public sealed class ObjectBuilderTests
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    [Fact]
    public void A_claims_volume_object()
    {
        var placed = new PlacedVolume(
            new NodePool("blue-main", "/pools/main", null!, Managed: true),
            new Volume(new VolumeId("pvc-0b6c9a1e-1111-2222-3333-444455556666"), new ByteCount(1 << 30), true, null, [], null));
        var facts = new ProvisionFacts(1 << 30, 0, Block: false, "xfs", null, null);
        var volume = VolumeObjects.Build(ClaimDeciderTests.Claim("blue"), ClaimDeciderTests.Class(), facts, placed, "blue");
        Text(volume).ShouldBe("""
            {
              "metadata": {
                "annotations": {
                  "pv.kubernetes.io/provisioned-by": "tonari.dev"
                },
                "finalizers": [
                  "tonari.dev/volume"
                ],
                "name": "pvc-0b6c9a1e-1111-2222-3333-444455556666"
              },
              "spec": {
                "accessModes": [
                  "ReadWriteOnce"
                ],
                "capacity": {
                  "storage": "1Gi"
                },
                "claimRef": {
                  "apiVersion": "v1",
                  "kind": "PersistentVolumeClaim",
                  "name": "data",
                  "namespace": "shop",
                  "resourceVersion": "7",
                  "uid": "0b6c9a1e-1111-2222-3333-444455556666"
                },
                "csi": {
                  "driver": "tonari.dev",
                  "fsType": "xfs",
                  "volumeAttributes": {
                    "pool": "blue-main"
                  },
                  "volumeHandle": "pvc-0b6c9a1e-1111-2222-3333-444455556666"
                },
                "mountOptions": [
                  "noatime"
                ],
                "nodeAffinity": {
                  "required": {
                    "nodeSelectorTerms": [
                      {
                        "matchExpressions": [
                          {
                            "key": "tonari.dev/node",
                            "operator": "In",
                            "values": [
                              "blue"
                            ]
                          }
                        ]
                      }
                    ]
                  }
                },
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": "tonari",
                "volumeMode": "Filesystem"
              }
            }
            """);
        VolumeObjects.NodeOf(volume).ShouldBe("blue");
        VolumeObjects.PoolOf(volume).ShouldBe("blue-main");
        var block = VolumeObjects.Build(ClaimDeciderTests.Claim("blue"), ClaimDeciderTests.Class(), facts with { Block = true }, placed, "blue");
        block.Spec.VolumeMode.ShouldBe("Block");
        block.Spec.Csi.FsType.ShouldBeNull();
        block.Spec.MountOptions.ShouldBeNull();
    }

    [Fact]
    public void A_snapshots_content_object()
    {
        var snapshot = new VolumeSnapshot { Metadata = new V1ObjectMeta { Name = "nightly", NamespaceProperty = "shop", Uid = "u1", ResourceVersion = "9" } };
        var snapshotClass = new VolumeSnapshotClass { Metadata = new V1ObjectMeta { Name = "tonari" }, Driver = "tonari.dev", DeletionPolicy = "Delete" };
        Text(SnapshotObjects.Build(snapshot, snapshotClass, "vol-1", "blue")).ShouldBe("""
            {
              "apiVersion": "snapshot.storage.k8s.io/v1",
              "kind": "VolumeSnapshotContent",
              "metadata": {
                "annotations": {
                  "tonari.dev/node": "blue"
                },
                "finalizers": [
                  "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection"
                ],
                "name": "snapcontent-u1"
              },
              "spec": {
                "driver": "tonari.dev",
                "deletionPolicy": "Delete",
                "volumeSnapshotClassName": "tonari",
                "source": {
                  "volumeHandle": "vol-1"
                },
                "volumeSnapshotRef": {
                  "apiVersion": "snapshot.storage.k8s.io/v1",
                  "kind": "VolumeSnapshot",
                  "name": "nightly",
                  "namespace": "shop",
                  "resourceVersion": "9",
                  "uid": "u1"
                }
              }
            }
            """);
    }

    private static string Text<T>(T value) => KubeJson.ToJson(value).ToJsonString(s_indented);
}
