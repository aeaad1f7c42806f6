using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;

namespace Tonari.Engine.Tests;

/// <summary>A pool that something else fills to the last byte: what was acknowledged is there.</summary>
public sealed class FullPoolTests(TestPools pools)
{
    private const int Size = 64 << 20;
    private const int Piece = 128 << 10;

    /// <summary>open(2), O_DIRECT.</summary>
    private const int DirectIo = 0x4000;

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task NoWriteThatWasAcknowledgedIsCutOff(string substrate)
    {
        await using var small = await pools.NewFileSystemAsync(substrate, 400L << 20);
        await using var pool = await TestPool.OpenAsync(small.MountPoint);
        await pool.CreateAsync("v", Size);
        var noise = new byte[Size];
        new Random(11).NextBytes(noise);
        pool.Write("v", 0, noise);
        // Shared with a snapshot, so that every write takes new room.
        await pool.TakeAsync("s1", "v");
        var device = (await pool.Pool.Attachments.AttachAsync(TestPool.Id("v"), readOnly: false, TestPool.Ct)).DevicePath;
        try
        {
            (await pool.Pool.KeepWritesWholeAsync(TestPool.Ct)).ShouldBeFalse();
            var filler = Path.Combine(small.MountPoint, "filler");
            Fill(filler, leave: (1 << 20) + 12288);

            (await pool.Pool.KeepWritesWholeAsync(TestPool.Ct)).ShouldBeTrue();
            var acknowledged = WriteUntilRefused(device);

            acknowledged.ShouldBeInRange(1, (Size / Piece) - 1, "the pool was full");
            var there = pool.ReadLive("v");
            for (var i = 0; i < acknowledged; i++)
                there.AsSpan(i * Piece, Piece).SequenceEqual(Content(i)).ShouldBeTrue($"write {i} of {acknowledged} was acknowledged");

            File.Delete(filler);
            await TestPools.RunAsync("sync", "-f", small.MountPoint);
            (await pool.Pool.KeepWritesWholeAsync(TestPool.Ct)).ShouldBeFalse();
            File.ReadAllText($"/sys/block/{Path.GetFileName(device)}/queue/max_sectors_kb").Trim().ShouldNotBe("4");
        }
        finally
        {
            await pool.Pool.Attachments.DetachAsync(TestPool.Id("v"), CancellationToken.None);
        }
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task WhatIsNotOnTheDiskYetTakesRoom(string substrate)
    {
        await using var small = await pools.NewFileSystemAsync(substrate, 400L << 20);
        await using var pool = await TestPool.OpenAsync(small.MountPoint);
        (await pool.Pool.KeepWritesWholeAsync(TestPool.Ct)).ShouldBeFalse();

        var filler = Path.Combine(small.MountPoint, "filler");
        var taken = new DriveInfo(small.MountPoint).AvailableFreeSpace - (8 << 20);
        await File.WriteAllBytesAsync(filler, new byte[taken], TestPool.Ct);

        (await pool.Pool.KeepWritesWholeAsync(TestPool.Ct)).ShouldBeTrue();
        File.Delete(filler);
    }

    private static byte[] Content(int piece)
    {
        var bytes = new byte[Piece];
        Array.Fill(bytes, (byte)(piece % 251 + 1));
        return bytes;
    }

    /// <summary>Past the page cache, and flushed each time, as a database does before it acknowledges.</summary>
    private static int WriteUntilRefused(string path)
    {
        using var file = Kernel.Open(path, Kernel.ReadWrite | DirectIo);
        var pinned = GC.AllocateArray<byte>(Piece + EngineLimits.BlockSize, pinned: true);
        var past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) % EngineLimits.BlockSize);
        var aligned = pinned.AsMemory(EngineLimits.BlockSize - past, Piece);
        var written = 0;
        try
        {
            for (; written < Size / Piece; written++)
            {
                Content(written).CopyTo(aligned);
                RandomAccess.Write(file, aligned.Span, (long)written * Piece);
                FileCalls.Sync(file, path);
            }
        }
        catch (Exception error) when (error is IOException or EngineException)
        {
            // The pool is full.
        }
        return written;
    }

    /// <summary>In one go: what the file system has set aside for it meanwhile is free again afterwards, in pieces.</summary>
    private static void Fill(string path, int leave)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        var noise = new byte[1 << 20];
        new Random(12).NextBytes(noise);
        var at = Append(file, noise, 0);
        at = Append(file, noise.AsSpan(0, EngineLimits.BlockSize), at);
        FileCalls.Sync(file, path);
        RandomAccess.SetLength(file, at - leave);
        FileCalls.Sync(file, path);
    }

    /// <summary>Again and again, until the file system is full.</summary>
    private static long Append(SafeFileHandle file, ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            for (; ; at += bytes.Length)
                RandomAccess.Write(file, bytes, at);
        }
        catch (IOException)
        {
            return at;
        }
    }
}
