using System.Buffers;

namespace Tonari.Engine.Transfer;

/// <summary>Lends the large buffers of transfers. Every buffer has one owner, who disposes it.</summary>
internal sealed class TransferBuffers
{
    private int _outstanding;

    /// <summary>Buffers not yet given back.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    public Lease Rent(int size)
    {
        Interlocked.Increment(ref _outstanding);
        return new Lease(this, ArrayPool<byte>.Shared.Rent(size), size);
    }

    internal sealed class Lease(TransferBuffers owner, byte[] array, int size) : IDisposable
    {
        private byte[]? _array = array;

        public Span<byte> Span => _array.AsSpan(0, size);

        public Memory<byte> Memory => _array.AsMemory(0, size);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _array, null) is not { } given)
                return;
            ArrayPool<byte>.Shared.Return(given);
            Interlocked.Decrement(ref owner._outstanding);
        }
    }
}
