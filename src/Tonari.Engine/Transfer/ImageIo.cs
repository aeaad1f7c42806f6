using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
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

    /// <summary>
    /// Lets the page cache go of a long stretch that has been read: a transfer of a whole image would otherwise fill the agent's working set
    /// with it (1.3 GiB seen for 1 GiB). Short stretches stay, because whoever follows reads them again.
    /// </summary>
    public static void ForgetLong(SafeFileHandle file, long offset, long length)
    {
        if (length >= EngineLimits.MaxFrameData / 2)
            FileCalls.DropCache(file, offset, length);
    }
}
