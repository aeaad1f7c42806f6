using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Transfer;

/// <summary>Applies frames to a staging image. Every few MiB a checkpoint makes them durable, reads them back for the digest and notes the offset; it
/// runs while the next frames are written.</summary>
internal sealed class StagingWriter : IDisposable
{
    private readonly PoolStore _store;
    private readonly TransferBuffers _buffers;
    private readonly VolumeId _id;
    private readonly string _image;
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle? _base;
    private readonly Func<long> _received;
    private readonly CancellationToken _ct;
    private List<(long Start, long End)> _pending = [];
    private long _pendingBytes;
    private long _applied;
    private StagingDocument _durable;
    private Task _checkpoint = Task.CompletedTask;

    /// <param name="store">The pool.</param>
    /// <param name="buffers">For reading back.</param>
    /// <param name="id">Which volume.</param>
    /// <param name="staging">Where it stands.</param>
    /// <param name="received">Bytes received for it so far, earlier streams included.</param>
    /// <param name="ct">Ends reading back.</param>
    public StagingWriter(PoolStore store, TransferBuffers buffers, VolumeId id, StagingDocument staging, Func<long> received, CancellationToken ct)
    {
        _received = received;
        _store = store;
        _buffers = buffers;
        _id = id;
        _durable = staging;
        _ct = ct;
        _applied = staging.DurableOffset;
        BytesDone = staging.BytesDone;
        _image = store.Paths.SnapshotImage(id, new SnapshotName(staging.To));
        _file = PoolFiles.OpenImage(_image, writable: true);
        _base = staging.From is { } from ? PoolFiles.OpenImage(store.Paths.SnapshotImage(id, new SnapshotName(from)), writable: false) : null;
    }

    /// <summary>Data bytes applied, earlier calls included.</summary>
    public long BytesDone { get; private set; }

    /// <summary>Gives the image its final size.</summary>
    public void Resize(long size)
    {
        if (RandomAccess.GetLength(_file) == size)
            return;
        _store.Files.Step($"size {_image}");
        PoolFiles.Guard($"size '{_image}'", () => RandomAccess.SetLength(_file, size));
    }

    public async Task ApplyAsync(ReceivedFrame frame)
    {
        _store.Files.Step($"write {_image}");
        if (frame.Data is { } data)
            ImageIo.Write(_file, data.Memory, frame.Offset, _image);
        else
            FileCalls.PunchHole(_file, frame.Offset, frame.Length, _image);
        Remember(frame.Offset, frame.Offset + frame.Length);
        _applied = frame.Offset + frame.Length;
        if (frame.Type != FrameType.Hole)
            BytesDone += frame.Length;
        _pendingBytes += frame.Data is null ? 0 : frame.Length;
        if (_pendingBytes >= EngineLimits.CheckpointBytes || _pending.Count >= EngineLimits.CheckpointRanges)
            await BeginCheckpointAsync();
    }

    /// <summary>Makes everything applied so far durable.</summary>
    public async Task CheckpointAsync()
    {
        await BeginCheckpointAsync();
        await _checkpoint;
    }

    /// <summary>The digest sum of the whole image: the base's, less what was replaced, plus what was read back. Call it after the last checkpoint.</summary>
    /// <returns>Null where the base's is not known.</returns>
    public UInt128? Sum(ImageDigest? baseDigest, long size)
    {
        var change = BlockDigest.ParseSum(_durable.Sum) + BlockDigest.OfSize(size);
        if (_base is null)
            return change;
        if (baseDigest is not { } known)
            return null;
        var baseSize = RandomAccess.GetLength(_base);
        var cutOff = BlockDigest.OfRange(_base, size, baseSize, _buffers, _ct);
        return BlockDigest.Parse(known) - BlockDigest.OfSize(baseSize) - cutOff + change;
    }

    public void MarkVerified(long size)
    {
        _durable = _durable with { DurableOffset = size, Verified = true, WireBytes = _received() };
        _store.Files.Write(_store.Paths.StagingDocument(_id), _durable, DocumentJson.Default.StagingDocument);
    }

    public void Dispose()
    {
        _file.Dispose();
        _base?.Dispose();
    }

    /// <summary>Waits for a checkpoint under way; its failure has been, or will be, reported by whoever awaited the writing.</summary>
    public async Task SettleAsync() => await _checkpoint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Other transfers and the applications take of the same room: what is left is looked at again with every checkpoint.</summary>
    private void RequireReserve()
    {
        if (PoolReserve.RoomFor(FileCalls.GetFileSystem(_file, _image)) == 0)
        {
            throw new PoolFullException(
                $"The pool is nearly full, and what is left is kept for the applications that run in it; receiving the volume '{_id}' stops here. Free space or make its filesystem larger.");
        }
    }

    private void Remember(long start, long end)
    {
        if (_pending.Count > 0 && _pending[^1].End == start)
            _pending[^1] = (_pending[^1].Start, end);
        else
            _pending.Add((start, end));
    }

    private async Task BeginCheckpointAsync()
    {
        // One at a time: what is not durable is then at most one being made so and one being filled.
        await _checkpoint;
        if (_pending.Count == 0)
            return;
        var ranges = _pending;
        var (applied, done) = (_applied, BytesDone);
        _pending = [];
        _pendingBytes = 0;
        _checkpoint = Task.Run(() => Checkpoint(ranges, applied, done), CancellationToken.None);
    }

    private void Checkpoint(List<(long Start, long End)> ranges, long applied, long done)
    {
        _store.Files.Step($"sync {_image}");
        FileCalls.SyncData(_file, _image);
        RequireReserve();
        var (first, last) = (ranges[0].Start, ranges[^1].End);
        // Read back from the disk, not from what we have just put into memory.
        FileCalls.DropCache(_file, first, last - first);
        var sum = BlockDigest.ParseSum(_durable.Sum);
        foreach (var (start, end) in ranges)
        {
            if (_base is not null)
                sum -= BlockDigest.OfRange(_base, start, end, _buffers, _ct);
            sum += BlockDigest.OfRange(_file, start, end, _buffers, _ct);
        }
        var durable = _durable with { DurableOffset = applied, BytesDone = done, Sum = BlockDigest.Format(sum), WireBytes = _received() };
        _store.Files.WriteRelaxed(_store.Paths.StagingDocument(_id), durable, DocumentJson.Default.StagingDocument);
        _durable = durable;
    }
}
