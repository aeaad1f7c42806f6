using System.Buffers.Binary;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>One side's digests, region by region. Believes nothing that is not in order: whoever sends them may be anybody's program.</summary>
/// <param name="messages">What arrives.</param>
/// <param name="regions">Regions of the image.</param>
/// <param name="who">Whose they are, for messages.</param>
internal sealed class CopyReader(IAsyncEnumerator<RegionDigests> messages, long regions, string who)
{
    private const int DigestBytes = 16;
    private const int MostDigests = 4096;
    private RegionDigests _message = new();
    private int _at;
    private long _next;

    /// <summary>The region it stands at; beyond all others at the end.</summary>
    public long Index { get; private set; }

    /// <summary>Its digest; null where the disk does not give it.</summary>
    public UInt128? Digest { get; private set; }

    /// <summary>Bytes read there so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>What it came to; set at the end.</summary>
    public RegionSummary? Summary { get; private set; }

    /// <summary>Goes on to the next region.</summary>
    public async Task MoveAsync()
    {
        while (_at * DigestBytes >= _message.Digests.Length)
        {
            if (Summary is not null || !await messages.MoveNextAsync())
            {
                Index = Summary is null ? throw new StepFailedException($"The digests of {who} ended before they were complete.") : long.MaxValue;
                return;
            }

            Take(messages.Current);
        }

        Index = _message.First + _at;
        Digest = _message.Unreadable.Contains(Index) ? null : BinaryPrimitives.ReadUInt128LittleEndian(_message.Digests.Span[(_at * DigestBytes)..]);
        _at++;
    }

    /// <summary>Sees to it that nothing follows the summary.</summary>
    public async Task EndAsync()
    {
        if (await messages.MoveNextAsync()) throw new StepFailedException($"Something follows the end of the digests of {who}.");
    }

    private void Take(RegionDigests message)
    {
        var count = message.Digests.Length / DigestBytes;
        var whole = message.Digests.Length % DigestBytes == 0 && count <= MostDigests && message.Unreadable.Count <= count;
        if (!whole || (count > 0 && (message.First < _next || message.First > regions - count)) || message.BytesRead < BytesRead)
            throw new StepFailedException($"The digests of {who} make no sense; install the same version of Tonari on both clusters.");
        (_message, _at) = (message, 0);
        if (count > 0) _next = message.First + count;
        (BytesRead, Summary) = (message.BytesRead, message.Summary);
    }
}
