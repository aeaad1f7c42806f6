using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;
using System.Text.Json.Serialization;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Layout;

// The files of a pool; docs/format.md specifies them. Times are RFC 3339 UTC, sizes are bytes.

internal interface IVersioned
{
    public int FormatVersion { get; }

    /// <summary>What a document cannot say; null where all is well. Members that are missing are null, whatever their type says.</summary>
    public string? Wrong();
}

internal sealed record PoolDocument(int FormatVersion, string Id, DateTimeOffset CreatedAt) : IVersioned
{
    public string? Wrong() => string.IsNullOrEmpty(Id) ? "it names no pool" : null;
}

internal sealed record VolumeDocument(
    int FormatVersion, string Id, long Size, DateTimeOffset CreatedAt, bool Replica, CloneOrigin? ClonedFrom) : IVersioned
{
    public string? Wrong() => !PathSafeName.IsValid(Id) ? "it names no volume"
        : !DocumentFacts.IsSize(Size) ? $"it claims {Size} bytes"
        : ClonedFrom is { } origin && (!PathSafeName.IsValid(origin.Volume) || (origin.Snapshot is { } s && !PathSafeName.IsValid(s))) ? "it was cloned of nothing"
        : null;
}

internal sealed record CloneOrigin(string Volume, string? Snapshot);

internal sealed record LiveDocument(int FormatVersion, string? Origin) : IVersioned
{
    public string? Wrong() => PathSafeName.IsValid(Origin) ? null : "it names no snapshot";
}

/// <param name="FormatVersion">1.</param>
/// <param name="Name">The snapshot's name.</param>
/// <param name="Size">Of the image.</param>
/// <param name="TakenAt">By the clock of the cluster that took it.</param>
/// <param name="Group">Where set, the snapshot exists only while that group's document lists the volume.</param>
/// <param name="Instance">Random; tells apart two snapshots that had the same name one after the other. Received with the snapshot.</param>
internal sealed record SnapshotDocument(
    int FormatVersion, string Name, long Size, DateTimeOffset TakenAt, string? Group, string Instance) : IVersioned
{
    public string? Wrong() => !PathSafeName.IsValid(Name) || (Group is { } group && !PathSafeName.IsValid(group)) ? "it names no snapshot"
        : !DocumentFacts.IsSize(Size) ? $"it claims {Size} bytes"
        : DocumentFacts.IsInstance(Instance) ? null : "it does not say which snapshot of that name it is";
}

/// <param name="FormatVersion">1.</param>
/// <param name="Instance">Of the snapshot.</param>
/// <param name="Digest">Of its image.</param>
/// <param name="Check">XXH128 (hexadecimal) of the two before; null in documents of earlier releases. A digest that is wrong without looking wrong would
/// have every transfer refused.</param>
internal sealed record DigestDocument(int FormatVersion, string Instance, string Digest, string? Check) : IVersioned
{
    public static DigestDocument Of(string instance, ImageDigest digest) =>
        new(DocumentJson.Version, instance, digest.Value, CheckOf(instance, digest.Value));

    public string? Wrong() => DocumentFacts.IsInstance(Instance) && BlockDigest.IsValid(Digest) ? null : "it holds no digest";

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
    long WireBytes = 0) : IVersioned
{
    public string? Wrong() => !PathSafeName.IsValid(To) || (From is { } from && !PathSafeName.IsValid(from)) ? "it names no snapshot"
        : From is not null && !DocumentFacts.IsInstance(FromInstance) ? "it does not say which snapshot it is based on"
        : ToInstance is not null && !DocumentFacts.IsInstance(ToInstance) ? "it does not say which snapshot it becomes"
        : Size is { } size && !DocumentFacts.IsSize(size) ? $"it claims {size} bytes"
        : DurableOffset is < 0 or > EngineLimits.MaxImageSize || DurableOffset % EngineLimits.BlockSize != 0 || BytesDone < 0 || WireBytes < 0 ? "its progress is none"
        : BlockDigest.IsSum(Sum) ? null : "its sum is none";
}

internal sealed record GroupDocument(
    int FormatVersion, string Name, DateTimeOffset TakenAt, long FrozenForMicroseconds, IReadOnlyList<GroupMemberDocument> Members) : IVersioned
{
    public string? Wrong() => !PathSafeName.IsValid(Name) ? "it names no group"
        : FrozenForMicroseconds is < 0 or > 1_000_000_000_000 ? "it was frozen for no time that there is"
        : Members is null || Members.Any(m => m is null || !PathSafeName.IsValid(m.Volume) || !DocumentFacts.IsSize(m.Size)) ? "it has a member that is none"
        : null;
}

internal sealed record GroupMemberDocument(string Volume, long Size);

internal static class DocumentFacts
{
    /// <summary>Longest text by which two snapshots of one name are told apart: 32 digits here, and room for other programs.</summary>
    private const int LongestInstance = 64;

    public static bool IsSize(long size) => size is > 0 and <= EngineLimits.MaxImageSize;

    public static bool IsInstance([NotNullWhen(true)] string? text) => text is { Length: > 0 and <= LongestInstance } && text.All(char.IsAsciiLetterOrDigit);
}

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
