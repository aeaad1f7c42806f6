using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Transfer;

/// <summary>Reading and writing stretches of image files.</summary>
internal static class ImageIo
{
    /// <summary>Fills the span; what lies beyond the end of the file is zero.</summary>
    public static void ReadExactly(SafeFileHandle file, Span<byte> span, long offset)
    {
        while (span.Length > 0)
        {
            var read = RandomAccess.Read(file, span, offset);
            if (read == 0)
            {
                span.Clear();
                return;
            }
            span = span[read..];
            offset += read;
        }
    }

    public static void Write(SafeFileHandle file, ReadOnlyMemory<byte> data, long offset, string image) =>
        PoolFiles.Guard($"write '{image}'", () => RandomAccess.Write(file, data.Span, offset));
}
