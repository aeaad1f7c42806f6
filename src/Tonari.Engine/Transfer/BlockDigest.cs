using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Substrates;

namespace Tonari.Engine.Transfer;

/// <summary>The digest of an image (docs/format.md, "Digest"): the sum, modulo 2^128, of XXH128 of every 4096-byte block that is not all zero, seeded
/// with the block's number, and of XXH128 of the size. Being a sum, it follows a change by subtracting the old blocks and adding the new ones, so that
/// verifying costs what changed.</summary>
internal static class BlockDigest
{
    private const string Prefix = "tb1:";
    private const int SeekWorthwhile = 4 * EngineLimits.MaxFrameData;

    /// <param name="data">Whole blocks.</param>
    /// <param name="offset">Where in the image they lie.</param>
    public static UInt128 OfBlocks(ReadOnlySpan<byte> data, long offset)
    {
        UInt128 sum = 0;
        for (var position = 0; position < data.Length; position += EngineLimits.BlockSize)
        {
            var block = data.Slice(position, EngineLimits.BlockSize);
            if (block.ContainsAnyExcept((byte)0))
                sum += XxHash128.HashToUInt128(block, (offset + position) / EngineLimits.BlockSize);
        }
        return sum;
    }

    public static UInt128 OfSize(long size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, size);
        return XxHash128.HashToUInt128(bytes, seed: -1);
    }

    /// <summary>The blocks of a stretch of a file; what lies beyond its end counts as zero.</summary>
    public static UInt128 OfRange(SafeFileHandle file, long start, long end, TransferBuffers buffers, CancellationToken ct)
    {
        end = Math.Min(end, RandomAccess.GetLength(file));
        if (start >= end)
            return 0;
        using var buffer = buffers.Rent(EngineLimits.MaxFrameData);
        UInt128 sum = 0;
        // Asking for holes costs two calls; small stretches are read as they are.
        IEnumerable<(long Start, long End)> pieces = end - start >= SeekWorthwhile ? AllocatedRanges.Between(file, start, end) : [(start, end)];
        foreach (var piece in pieces)
        {
            var from = piece.Start / EngineLimits.BlockSize * EngineLimits.BlockSize;
            for (var position = from; position < piece.End; position += EngineLimits.MaxFrameData)
            {
                ct.ThrowIfCancellationRequested();
                var blocks = (Math.Min(piece.End - position, EngineLimits.MaxFrameData) + EngineLimits.BlockSize - 1) / EngineLimits.BlockSize;
                var span = buffer.Span[..(int)(blocks * EngineLimits.BlockSize)];
                ImageIo.ReadExactly(file, span, position);
                sum += OfBlocks(span, position);
                ImageIo.ForgetLong(file, position, span.Length);
            }
        }
        return sum;
    }

    public static ImageDigest ToDigest(UInt128 sum) => new(Prefix + Format(sum));

    public static UInt128 Parse(ImageDigest digest) => ParseSum(digest.Value[Prefix.Length..]);

    public static string Format(UInt128 sum) => sum.ToString("x32", CultureInfo.InvariantCulture);

    public static UInt128 ParseSum(string text) => UInt128.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    public static bool IsValid(string? text) => text is not null
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.Length == Prefix.Length + 32
        && IsSum(text[Prefix.Length..]);

    /// <summary>Whether the text is a sum as <see cref="Format"/> writes it.</summary>
    public static bool IsSum(string? text) => text is { Length: 32 } && text.All(char.IsAsciiHexDigitLower);
}
