using System.Buffers.Binary;
using System.IO.Pipes;
using System.Text;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Substrates;

/// <summary>Runs the kernel's comparison of two read-only subvolumes (BTRFS_IOC_SEND without file data) and reads its stream, version 1
/// (btrfs documentation, "Stream format").</summary>
internal static class BtrfsSend
{
    private const int StreamHeaderSize = 17;
    private const int CommandHeaderSize = 10;
    private const int MaxCommandSize = 128 * 1024;
    private const ushort MakeFile = 3;
    private const ushort MakeSymlink = 8;
    private const ushort Rename = 9;
    private const ushort Unlink = 11;
    private const ushort RemoveDirectory = 12;
    private const ushort Write = 15;
    private const ushort CloneRange = 16;
    private const ushort Truncate = 17;
    private const ushort End = 21;
    private const ushort UpdateExtent = 22;
    private const ushort AttributeSize = 4;
    private const ushort AttributePath = 15;
    private const ushort AttributeOffset = 18;
    private const ushort AttributeData = 19;
    private const ushort AttributeCloneLength = 24;

    /// <summary>Calls back with every stretch (start, length) of the image file that may differ; the length may be too short for a large hole.</summary>
    /// <returns>False where the two have no common history, so that the comparison says nothing: use another way.</returns>
    public static bool Compare(string from, string to, Action<long, long> onChange, CancellationToken ct)
    {
        using var older = Kernel.OpenDirectory(from);
        using var newer = Kernel.OpenDirectory(to);
        var parent = BtrfsCalls.TreeOf(older, from);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var sending = KernelThread.RunAsync(() =>
        {
            // Closing the writing end is what ends the reader.
            using var writer = pipe.ClientSafePipeHandle;
            return BtrfsCalls.TrySendWithoutData(newer, parent, writer);
        });
        bool related;
        try
        {
            related = ReadStream(pipe, onChange, ct);
        }
        catch (EndOfStreamException)
        {
            Kernel.Check(sending.GetAwaiter().GetResult(), $"compare '{from}' with '{to}'");
            throw;
        }
        finally
        {
            // A writer that is still busy gets EPIPE and ends.
            pipe.Dispose();
            sending.Wait(CancellationToken.None);
        }
        if (related)
            Kernel.Check(sending.GetAwaiter().GetResult(), $"compare '{from}' with '{to}'");
        return related;
    }

    private static bool ReadStream(Stream stream, Action<long, long> onChange, CancellationToken ct)
    {
        using var buffered = new BufferedStream(stream, 64 * 1024);
        var buffer = new byte[MaxCommandSize];
        buffered.ReadExactly(buffer, 0, StreamHeaderSize);
        if (!buffer.AsSpan(0, 13).SequenceEqual("btrfs-stream\0"u8))
            throw new KernelRefusedException("The kernel's comparison of two btrfs snapshots begins with something unknown.");
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            buffered.ReadExactly(buffer, 0, CommandHeaderSize);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(buffer);
            var command = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(4));
            if (length > MaxCommandSize)
                throw new KernelRefusedException($"The kernel's comparison of two btrfs snapshots holds a command of {length} bytes.");
            buffered.ReadExactly(buffer, 0, (int)length);
            if (command == End)
                return true;
            if (!Interpret(command, buffer.AsSpan(0, (int)length), onChange))
                return false;
        }
    }

    private static bool Interpret(ushort command, ReadOnlySpan<byte> attributes, Action<long, long> onChange)
    {
        switch (command)
        {
            // The image appears or disappears: it is not the same file in both, and unchanged parts would not be told apart.
            case >= MakeFile and <= MakeSymlink or Rename or Unlink or RemoveDirectory:
                return false;
            case UpdateExtent or Write or CloneRange:
                var change = ReadChange(attributes);
                if (change.Path == PoolPaths.ImageFile)
                    onChange(change.Offset, change.Length);
                return true;
            // Truncation: both sizes are known from the files themselves; what lies beyond the end reads as zero on both sides.
            case Truncate:
            default:
                return true;
        }
    }

    private static (string Path, long Offset, long Length) ReadChange(ReadOnlySpan<byte> attributes)
    {
        var path = string.Empty;
        long offset = 0;
        long length = 0;
        while (attributes.Length >= 4)
        {
            var type = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]);
            var value = attributes.Slice(4, size);
            if (type == AttributePath)
                path = Encoding.UTF8.GetString(value);
            else if (type == AttributeOffset)
                offset = BinaryPrimitives.ReadInt64LittleEndian(value);
            else if (type is AttributeSize or AttributeCloneLength)
                length = BinaryPrimitives.ReadInt64LittleEndian(value);
            else if (type == AttributeData)
                length = size;
            attributes = attributes[(4 + size)..];
        }
        return (path, offset, length);
    }
}
