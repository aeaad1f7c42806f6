using Google.Protobuf;
using Grpc.Core;
using Tonari.Engine;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Regions;
using RegionSummary = Tonari.Engine.RegionSummary;

namespace Tonari.Node.Agent;

/// <summary>Tells what is on the disk of a snapshot, and mends a replica with what a neighbour has.</summary>
internal sealed partial class VolumeProof(PeerGateway gateway, ReadPace pace, NodeCounters counters, TimeProvider time, ILogger<VolumeProof> logger)
{
    private readonly ReadPace _urgent = new(new ByteCount(AgentLimits.HealBytesPerSecond), time);

    /// <summary>Writes the digests of a snapshot's regions.</summary>
    public async Task DigestAsync(NodePool pool, DigestRegionsRequest request, IServerStreamWriter<RegionDigests> output, CancellationToken ct)
    {
        var (volume, snapshot) = (new VolumeId(request.VolumeId), new SnapshotName(request.Snapshot));
        var messages = new DigestMessages(output, request.RegionBytes, time, ct);
        var summary = await pool.Engine.Proof.DigestAsync(volume, snapshot, new ByteCount(request.RegionBytes), messages.AddAsync, pace, ct);
        await messages.EndAsync(summary);
    }

    /// <summary>Fetches stretches from the neighbour and mends the snapshot with them.</summary>
    public async Task<HealResponse> HealAsync(NodePool pool, HealRequest request, CancellationToken ct)
    {
        var (volume, snapshot) = (new VolumeId(request.VolumeId), new SnapshotName(request.Snapshot));
        if (request.Stretches.Count > AgentLimits.StretchesPerHeal)
            throw new ArgumentException($"{request.Stretches.Count} stretches are too many to heal at once; {AgentLimits.StretchesPerHeal} are the limit.");
        List<ByteRange> ranges = [.. request.Stretches.Select(s => new ByteRange(new ByteOffset(s.Offset), new ByteCount(s.Length)))];
        TransferStream? body = null;
        var opened = new List<HttpResponseMessage>();
        try
        {
            var healed = await pool.Engine.Proof.HealAsync(volume, snapshot, ranges, OpenAsync, _urgent, ct);
            LogHealed(volume, string.Join(", ", healed.Healed), healed.WireBytes.Value);
            return new HealResponse
            {
                WireBytes = healed.WireBytes.Value,
                Healed = { healed.Healed.Select(name => name.Value) },
                Unhealed = { healed.Unhealed.Select(name => name.Value) },
            };
        }
        catch (StreamRefusedException error) when (body?.Lost is { } lost && !ct.IsCancellationRequested)
        {
            throw new RpcException(new Status(
                StatusCode.Unavailable, $"The connection to the neighbour was lost while volume {volume} was healed ({lost.Message}); nothing was replaced. {error.Message}"));
        }
        finally
        {
            opened.ForEach(response => response.Dispose());
        }

        async Task<Stream> OpenAsync(IReadOnlyList<ByteRange> batch, CancellationToken token)
        {
            var address = new DeltaAddress(request.PeerEndpoint, request.PeerFingerprint, request.DeltaPath, null, snapshot, ByteOffset.Zero) { Only = batch };
            var response = await gateway.OpenAsync(address, token);
            opened.Add(response);
            body = new TransferStream(await response.Content.ReadAsStreamAsync(token), counters.BytesReceived);
            return request.RateLimitBytesPerSecond > 0
                ? new RateLimitedStream(body, new ByteCount(request.RateLimitBytesPerSecond), time)
                : body;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Volume {Volume} was damaged; healed: {Snapshots}, {WireBytes} bytes on the wire")]
    private partial void LogHealed(VolumeId volume, string snapshots, long wireBytes);

    /// <summary>Puts digests together into messages of bounded size.</summary>
    private sealed class DigestMessages(IServerStreamWriter<RegionDigests> output, long regionBytes, TimeProvider time, CancellationToken ct)
    {
        private const int DigestBytes = 16;
        private readonly byte[] _digests = new byte[AgentLimits.DigestsPerMessage * DigestBytes];
        private RegionDigests _message = new();
        private int _count;
        private long _read;
        private long _writtenAt = time.GetTimestamp();

        public async ValueTask AddAsync(RegionDigest region)
        {
            var gap = _count == 0 ? 0 : region.Index - (_message.First + _count);
            if (gap > AgentLimits.ZeroRegionsWrittenOut || _count + gap >= AgentLimits.DigestsPerMessage || time.GetElapsedTime(_writtenAt) > AgentLimits.ProgressInterval)
                await WriteAsync();
            if (_count == 0)
                _message.First = region.Index;
            var at = (int)(region.Index - _message.First);
            _digests.AsSpan(_count * DigestBytes, (at - _count) * DigestBytes).Clear();
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(_digests.AsSpan(at * DigestBytes), region.Sum);
            _count = at + 1;
            if (!region.Readable)
                _message.Unreadable.Add(region.Index);
            _read += regionBytes;
        }

        public async Task EndAsync(RegionSummary summary)
        {
            _read = summary.Read.Value;
            _message.Summary = new Rpc.Regions.RegionSummary
            {
                SizeBytes = summary.Size.Value,
                Digest = summary.Actual?.Value ?? "",
                Recorded = summary.Recorded?.Value ?? "",
            };
            await WriteAsync();
        }

        private async Task WriteAsync()
        {
            _message.Digests = ByteString.CopyFrom(_digests, 0, _count * DigestBytes);
            _message.BytesRead = _read;
            await output.WriteAsync(_message, ct);
            _message = new RegionDigests();
            _count = 0;
            _writtenAt = time.GetTimestamp();
        }
    }
}
