using Grpc.Core;
using Tonari.Engine;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;
using Tonari.Rpc.Agent;

namespace Tonari.Node.Agent;

/// <summary>Pulls one delta into a volume's staging image.</summary>
internal sealed partial class VolumePull(PeerGateway gateway, NodeCounters counters, TimeProvider time, ILogger<VolumePull> logger)
{
    /// <param name="pool">Where the volume is.</param>
    /// <param name="request">What to pull.</param>
    /// <param name="report">Called now and then with the progress, and at the end with done.</param>
    /// <param name="ct">Stops the transfer; what is on disk stays.</param>
    public async Task RunAsync(NodePool pool, PullRequest request, Func<PullProgress, Task> report, CancellationToken ct)
    {
        var from = AgentMessages.ToOptionalSnapshot(request.From);
        try
        {
            await PullAsync(pool, request, from, report, ct);
        }
        catch (Exception error) when (error is BaseDiffersException or BaseGoneException)
        {
            LogForeignBase(error.Message);
            await PullAsync(pool, request, null, report, ct);
        }
    }

    private async Task PullAsync(NodePool pool, PullRequest request, SnapshotName? from, Func<PullProgress, Task> report, CancellationToken ct)
    {
        var volume = new VolumeId(request.VolumeId);
        var to = new SnapshotName(request.To);
        var resume = await pool.Engine.Target.PrepareAsync(volume, from, to, ct);
        if (resume.Complete)
        {
            await report(new PullProgress { Done = true, WireBytes = resume.WireBytes.Value });
            return;
        }

        var address = new DeltaAddress(request.PeerEndpoint, request.PeerFingerprint, request.DeltaPath, from, to, resume.Offset);
        using var response = await OpenAsync(pool, volume, address, ct);
        await using var body = new TransferStream(await response.Content.ReadAsStreamAsync(ct), counters.BytesReceived);
        var input = request.RateLimitBytesPerSecond > 0
            ? new RateLimitedStream(body, new ByteCount(request.RateLimitBytesPerSecond), time)
            : (Stream)body;
        var latest = new LatestProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var receiving = ReceiveAsync(pool, request, from, input, body, latest, stop.Token);
        try
        {
            await ReportUntilAsync(receiving, latest, report);
        }
        finally
        {
            // Also where nobody listens to the reports any more: the transfer has ended before the lock is let go.
            if (!receiving.IsCompleted)
                await stop.CancelAsync();
            await receiving.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        var staged = await receiving;
        await report(latest.ToMessage(done: true, staged.Digest.Value));
        LogPulled(volume, to, latest.WireBytes);
    }

    /// <summary>Opens the delta. Where the source cannot go on from here, what is here is dropped, so that the next attempt begins anew.</summary>
    private async Task<HttpResponseMessage> OpenAsync(NodePool pool, VolumeId volume, DeltaAddress address, CancellationToken ct)
    {
        try
        {
            return await gateway.OpenAsync(address, ct);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.OutOfRange)
        {
            LogRefused(volume, error.Status.Detail);
            await pool.Engine.Target.DiscardAsync(volume, CancellationToken.None);
            throw;
        }
    }

    private async Task<StagedImage> ReceiveAsync(
        NodePool pool, PullRequest request, SnapshotName? from, Stream input, TransferStream body, LatestProgress latest, CancellationToken ct)
    {
        var volume = new VolumeId(request.VolumeId);
        ByteCount? announced = request.SizeBytes > 0 ? new ByteCount(request.SizeBytes) : null;
        try
        {
            return await pool.Engine.Target.ReceiveAsync(volume, from, new SnapshotName(request.To), input, announced, latest, ct);
        }
        catch (Exception error) when (body.Lost is not null && !ct.IsCancellationRequested)
        {
            LogLost(volume, error.Message);
            throw new RpcException(new Status(
                StatusCode.Unavailable, $"The connection to the neighbour was lost while volume {volume} was received ({body.Lost.Message}); it goes on from where it was."));
        }
        catch (StreamRefusedException error)
        {
            // What came before the damage may be damaged as well, so nothing of it is kept.
            LogRefused(volume, error.Message);
            await pool.Engine.Target.DiscardAsync(volume, CancellationToken.None);
            throw;
        }
    }

    private async Task ReportUntilAsync(Task receiving, LatestProgress latest, Func<PullProgress, Task> report)
    {
        using var timer = new PeriodicTimer(AgentLimits.ProgressInterval, time);
        while (await Task.WhenAny(receiving, timer.WaitForNextTickAsync().AsTask()) != receiving)
            await report(latest.ToMessage(done: false, ""));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Volume {Volume} received and verified up to {Snapshot}, {WireBytes} bytes on the wire")]
    private partial void LogPulled(VolumeId volume, SnapshotName snapshot, long wireBytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection was lost while volume {Volume} was received: {Reason}")]
    private partial void LogLost(VolumeId volume, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "What was received of volume {Volume} is refused and dropped: {Reason}")]
    private partial void LogRefused(VolumeId volume, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} It is received whole.")]
    private partial void LogForeignBase(string reason);

    private sealed class LatestProgress : IProgress<TransferProgress>
    {
        private volatile TransferProgress? _value;

        public long WireBytes => _value?.WireBytes.Value ?? 0;

        public void Report(TransferProgress value) => _value = value;

        public PullProgress ToMessage(bool done, string digest)
        {
            var value = _value;
            return new PullProgress
            {
                BytesDone = value?.BytesDone.Value ?? 0,
                BytesToDo = value?.BytesToDo.Value ?? 0,
                WireBytes = value?.WireBytes.Value ?? 0,
                Done = done,
                Digest = digest,
            };
        }
    }
}
