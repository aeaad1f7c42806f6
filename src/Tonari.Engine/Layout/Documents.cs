using System.IO.Hashing;
using System.Text;
using System.Text.Json.Serialization;

namespace Tonari.Engine.Layout;

// The files of a pool; docs/format.md specifies them. Times are RFC 3339 UTC, sizes are bytes.

internal interface IVersioned
{
    public int FormatVersion { get; }
}

internal sealed record PoolDocument(int FormatVersion, string Id, DateTimeOffset CreatedAt) : IVersioned;

internal sealed record VolumeDocument(
    int FormatVersion, string Id, long Size, DateTimeOffset CreatedAt, bool Replica, CloneOrigin? ClonedFrom) : IVersioned;

internal sealed record CloneOrigin(string Volume, string? Snapshot);

internal sealed record LiveDocument(int FormatVersion, string? Origin) : IVersioned;

/// <param name="FormatVersion">1.</param>
/// <param name="Name">The snapshot's name.</param>
/// <param name="Size">Of the image.</param>
/// <param name="TakenAt">By the clock of the cluster that took it.</param>
/// <param name="Group">Where set, the snapshot exists only while that group's document lists the volume.</param>
/// <param name="Instance">Random; tells apart two snapshots that had the same name one after the other. Received with the snapshot.</param>
internal sealed record SnapshotDocument(
    int FormatVersion, string Name, long Size, DateTimeOffset TakenAt, string? Group, string Instance) : IVersioned;

/// <param name="FormatVersion">1.</param>
/// <param name="Instance">Of the snapshot.</param>
/// <param name="Digest">Of its image.</param>
/// <param name="Check">XXH128 (hexadecimal) of the two before; null in documents of earlier releases. A digest that is wrong without looking wrong would
/// have every transfer refused.</param>
internal sealed record DigestDocument(int FormatVersion, string Instance, string Digest, string? Check) : IVersioned
{
    public static DigestDocument Of(string instance, ImageDigest digest) =>
        new(DocumentJson.Version, instance, digest.Value, CheckOf(instance, digest.Value));

    public bool IsWhole => Check is null || Check == CheckOf(Instance, Digest);

    private static string CheckOf(string instance, string digest) =>
        Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes($"{instance} {digest}")));
}

/// <param name="FormatVersion">1.</param>
/// <param name="From">What the staging image was cloned from.</param>
/// <param name="FromInstance">Which snapshot of that name.</param>
/// <param name="To">What it will be.</param>
/// <param name="ToInstance">Which snapshot of that name; null until a stream said so.</param>
/// <param name="Size">Of the new image; null until a stream said so.</param>
/// <param name="DurableOffset">Everything below is on disk.</param>
/// <param name="BytesDone">Changed bytes below it.</param>
/// <param name="Sum">Digest sum (hexadecimal) of what was written less what it replaced, below the durable offset.</param>
/// <param name="Verified">Complete and equal to the source.</param>
/// <param name="WireBytes">Received for it so far, as far as it was noted; 0 where an earlier release began the transfer.</param>
internal sealed record StagingDocument(
    int FormatVersion,
    string? From,
    string? FromInstance,
    string To,
    string? ToInstance,
    long? Size,
    long DurableOffset,
    long BytesDone,
    string Sum,
    bool Verified,
    long WireBytes = 0) : IVersioned;

internal sealed record GroupDocument(
    int FormatVersion, string Name, DateTimeOffset TakenAt, long FrozenForMicroseconds, IReadOnlyList<GroupMemberDocument> Members) : IVersioned;

internal sealed record GroupMemberDocument(string Volume, long Size);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(PoolDocument))]
[JsonSerializable(typeof(VolumeDocument))]
[JsonSerializable(typeof(LiveDocument))]
[JsonSerializable(typeof(SnapshotDocument))]
[JsonSerializable(typeof(DigestDocument))]
[JsonSerializable(typeof(StagingDocument))]
[JsonSerializable(typeof(GroupDocument))]
internal sealed partial class DocumentJson : JsonSerializerContext
{
    /// <summary>The version written into every document, and the only one read.</summary>
    public const int Version = 1;
}
