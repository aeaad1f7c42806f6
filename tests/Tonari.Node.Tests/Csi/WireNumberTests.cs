using Google.Protobuf.Reflection;
using Tonari.Rpc.Csi;

namespace Tonari.Node.Tests.Csi;

/// <summary>Our condensed csi.proto against the numbers of the specification (csi.proto of CSI 1.0 to 1.13): both ends of our other tests are made from
/// ours, so a wrong number would only be noticed by a kubelet.</summary>
public sealed class WireNumberTests
{
    [Theory]
    [InlineData("CreateVolumeRequest", "name 1, capacity_range 2, volume_capabilities 3, parameters 4, secrets 5, volume_content_source 6, accessibility_requirements 7")]
    [InlineData("VolumeCapability", "block 1, mount 2, access_mode 3")]
    [InlineData("VolumeCapability.MountVolume", "fs_type 1, mount_flags 2, volume_mount_group 3")]
    [InlineData("Volume", "capacity_bytes 1, volume_id 2, volume_context 3, content_source 4, accessible_topology 5")]
    [InlineData("PluginCapability", "service 1, volume_expansion 2")]
    [InlineData("ValidateVolumeCapabilitiesRequest", "volume_id 1, volume_context 2, volume_capabilities 3, parameters 4, secrets 5")]
    [InlineData("ValidateVolumeCapabilitiesResponse.Confirmed", "volume_context 1, volume_capabilities 2, parameters 3")]
    [InlineData("ListVolumesResponse", "entries 1, next_token 2")]
    [InlineData("ListVolumesResponse.Entry", "volume 1, status 2")]
    [InlineData("ControllerGetVolumeResponse", "volume 1, status 2")]
    [InlineData("GetCapacityRequest", "volume_capabilities 1, parameters 2, accessible_topology 3")]
    [InlineData("GetCapacityResponse", "available_capacity 1, maximum_volume_size 2, minimum_volume_size 3")]
    [InlineData("CreateSnapshotRequest", "source_volume_id 1, name 2, secrets 3, parameters 4")]
    [InlineData("Snapshot", "size_bytes 1, snapshot_id 2, source_volume_id 3, creation_time 4, ready_to_use 5, group_snapshot_id 6")]
    [InlineData("ListSnapshotsRequest", "max_entries 1, starting_token 2, source_volume_id 3, snapshot_id 4, secrets 5")]
    [InlineData("ControllerExpandVolumeRequest", "volume_id 1, capacity_range 2, secrets 3, volume_capability 4")]
    [InlineData("ControllerExpandVolumeResponse", "capacity_bytes 1, node_expansion_required 2")]
    [InlineData("NodeStageVolumeRequest", "volume_id 1, publish_context 2, staging_target_path 3, volume_capability 4, secrets 5, volume_context 6")]
    [InlineData("NodePublishVolumeRequest", "volume_id 1, publish_context 2, staging_target_path 3, target_path 4, volume_capability 5, readonly 6, secrets 7, volume_context 8")]
    [InlineData("NodeGetVolumeStatsRequest", "volume_id 1, volume_path 2, staging_target_path 3")]
    [InlineData("NodeGetVolumeStatsResponse", "usage 1")]
    [InlineData("VolumeUsage", "available 1, total 2, used 3, unit 4")]
    [InlineData("NodeExpandVolumeRequest", "volume_id 1, volume_path 2, capacity_range 3, staging_target_path 4, volume_capability 5, secrets 6")]
    [InlineData("NodeGetInfoResponse", "node_id 1, max_volumes_per_node 2, accessible_topology 3")]
    public void Fields(string message, string numbers) =>
        string.Join(", ", Find(message).Fields.InFieldNumberOrder().Select(field => $"{field.Name} {field.FieldNumber}")).ShouldBe(numbers);

    [Theory]
    [InlineData("PluginCapability.Service", "UNKNOWN 0, CONTROLLER_SERVICE 1, VOLUME_ACCESSIBILITY_CONSTRAINTS 2, GROUP_CONTROLLER_SERVICE 3")]
    [InlineData("PluginCapability.VolumeExpansion", "UNKNOWN 0, ONLINE 1, OFFLINE 2")]
    [InlineData("VolumeCapability.AccessMode", "UNKNOWN 0, SINGLE_NODE_WRITER 1, SINGLE_NODE_READER_ONLY 2, MULTI_NODE_READER_ONLY 3, MULTI_NODE_SINGLE_WRITER 4, MULTI_NODE_MULTI_WRITER 5, SINGLE_NODE_SINGLE_WRITER 6, SINGLE_NODE_MULTI_WRITER 7")]
    [InlineData("ControllerServiceCapability.RPC", "UNKNOWN 0, CREATE_DELETE_VOLUME 1, PUBLISH_UNPUBLISH_VOLUME 2, LIST_VOLUMES 3, GET_CAPACITY 4, CREATE_DELETE_SNAPSHOT 5, LIST_SNAPSHOTS 6, CLONE_VOLUME 7, PUBLISH_READONLY 8, EXPAND_VOLUME 9, LIST_VOLUMES_PUBLISHED_NODES 10, GET_VOLUME 12, SINGLE_NODE_MULTI_WRITER 13, MODIFY_VOLUME 14")]
    [InlineData("NodeServiceCapability.RPC", "UNKNOWN 0, STAGE_UNSTAGE_VOLUME 1, GET_VOLUME_STATS 2, EXPAND_VOLUME 3, SINGLE_NODE_MULTI_WRITER 5, VOLUME_MOUNT_GROUP 6")]
    [InlineData("VolumeUsage", "UNKNOWN 0, BYTES 1, INODES 2")]
    public void Values(string message, string numbers) =>
        string.Join(", ", Find(message).EnumTypes.Single().Values.Select(value => $"{value.Name} {value.Number}")).ShouldBe(numbers);

    [Fact]
    public void Calls()
    {
        var file = CreateVolumeRequest.Descriptor.File;
        file.Package.ShouldBe("csi.v1");
        file.Services.Select(service => service.Name).ShouldBe(["Identity", "Controller", "Node"]);
        file.Services.SelectMany(service => service.Methods).ShouldAllBe(
            method => method.InputType.Name == method.Name + "Request" && method.OutputType.Name == method.Name + "Response" && !method.IsClientStreaming && !method.IsServerStreaming);
    }

    private static MessageDescriptor Find(string name)
    {
        var parts = name.Split('.');
        var message = CreateVolumeRequest.Descriptor.File.MessageTypes.Single(type => type.Name == parts[0]);
        foreach (var part in parts[1..])
            message = message.NestedTypes.Single(type => type.Name == part);
        return message;
    }
}
