using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json.Serialization;

namespace Tonari.Engine.Transfer;

internal enum FrameType : byte
{
    Header = 1,
    Data = 2,

    /// <summary>Was allocated at the source and holds only zeros.</summary>
    Zero = 3,

    /// <summary>Was not allocated at the source.</summary>
    Hole = 4,
    End = 5,
}

internal enum FrameEncoding : byte
{
    Raw = 0,
    Zstandard = 1,
}

/// <summary>The fixed part of a frame, 48 bytes, little-endian (docs/format.md, "Mirror stream").</summary>
internal readonly record struct FrameHeader(FrameType Type, FrameEncoding Encoding, long Offset, long Length, int PayloadLength)
{
    public const int Size = 48;
    private const uint Magic = 0x4652_4E54;
    private const int HashedSize = 32;

    public static void Write(Span<byte> target, FrameHeader header, ReadOnlySpan<byte> payload)
    {
        target[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[4] = (byte)header.Type;
        target[5] = (byte)header.Encoding;
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], header.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], header.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], header.PayloadLength);
        BinaryPrimitives.WriteUInt128LittleEndian(target[HashedSize..], Checksum(target[..HashedSize], payload));
    }

    /// <summary>Reads and bounds every field; the checksum comes with <see cref="Matches"/>, once the payload is there.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        header = new FrameHeader(
            (FrameType)bytes[4],
            (FrameEncoding)bytes[5],
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]));
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            return "no frame begins here";
        if (header.Type is < FrameType.Header or > FrameType.End || header.Encoding > FrameEncoding.Zstandard)
            return "the frame is of an unknown kind";
        if (header.PayloadLength is < 0 or > EngineLimits.MaxFramePayload)
            return $"the frame claims a payload of {header.PayloadLength} bytes";
        return header.Offset < 0 || header.Length < 0 ? "the frame claims a negative place" : null;
    }

    public static bool Matches(ReadOnlySpan<byte> headerBytes, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt128LittleEndian(headerBytes[HashedSize..]) == Checksum(headerBytes[..HashedSize], payload);

    private static UInt128 Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        // The header's hash seeds the payload's: one pass, no copying.
        var headerHash = (long)XxHash3.HashToUInt64(header);
        return XxHash128.HashToUInt128(payload, headerHash);
    }
}

/// <summary>What a stream is: the payload of its first frame.</summary>
internal sealed record StreamHeader(
    string Volume,
    string? From,
    string? FromInstance,
    string To,
    string ToInstance,
    DateTimeOffset TakenAt,
    long ImageSize,
    long ResumeAt,
    long TotalBytes,
    long SkippedBytes);

/// <summary>What a stream contained: the payload of its last frame.</summary>
internal sealed record StreamEnd(long Frames, long ImageBytes, string Digest);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StreamHeader))]
[JsonSerializable(typeof(StreamEnd))]
internal sealed partial class StreamJson : JsonSerializerContext;

internal static class StreamPreamble
{
    /// <summary>"TONARI", then the version (1) in 16 bits, little-endian.</summary>
    public static ReadOnlySpan<byte> Bytes => "TONARI\u0001\0"u8;
}
