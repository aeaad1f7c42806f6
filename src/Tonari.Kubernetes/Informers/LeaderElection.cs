using k8s.Models;
using Microsoft.Extensions.Logging;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Informers;

/// <summary>Times of a leader election. RetryPeriod &lt; RenewDeadline &lt; LeaseDuration.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>Others wait this long after the last sign of life of the leader.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for this long stops leading.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between tries.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// One leader among replicas, by a Lease. Nobody's clock is trusted but the own one: a lease has ended when it was not seen to change for its duration.
/// As with every lease, a leader that is stopped and woken by the system may act for a moment after its lease has ended; what it writes must therefore
/// carry resource versions.
/// </summary>
public sealed partial class LeaderElection(
    IKubernetesApi api, string ns, string leaseName, string identity, LeaderElectionOptions options, TimeProvider time, ILogger logger)
{
    private string? _seenVersion;
    private long _seenAt;

    /// <summary>
    /// Waits for the lead, runs the work while it lasts (the work's token is cancelled when it is lost, at the latest RenewDeadline after the last
    /// renewal), waits for the work to end, and begins again. Returns when cancelled, after giving the lease up; or when the work ends or fails by itself.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            if (await AcquireAsync(ct) is not { } renewedAt)
                return;
            LogLeading(logger, identity, leaseName);
            using var leading = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var work = LeadAsync(lead, leading.Token);
            await RenewUntilLostAsync(renewedAt, work, ct);
            await leading.CancelAsync();
            var endedItself = work.IsCompleted && !ct.IsCancellationRequested;
            try
            {
                await work;
            }
            catch (OperationCanceledException) when (leading.IsCancellationRequested && !endedItself)
            {
                LogLost(logger, identity, leaseName);
            }
            finally
            {
                await ReleaseAsync();
            }
            if (endedItself)
                return;
        }
    }

    // So that work that fails before its first await gives the lease up as well.
    private static async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken ct) => await lead(ct);

    private async Task<long?> AcquireAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var asked = time.GetTimestamp();
                if (await TryTakeAsync(ct))
                    return asked;
                await Task.Delay(options.RetryPeriod, time, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private async Task RenewUntilLostAsync(long renewedAt, Task work, CancellationToken ct)
    {
        while (true)
        {
            var left = options.RenewDeadline - time.GetElapsedTime(renewedAt);
            if (left <= TimeSpan.Zero)
                return;
            using var deadline = new CancellationTokenSource(left, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
            try
            {
                await Task.WhenAny(work, Task.Delay(options.RetryPeriod, time, both.Token));
                if (work.IsCompleted || ct.IsCancellationRequested)
                    return;
                var asked = time.GetTimestamp();
                if (await TryTakeAsync(both.Token))
                    renewedAt = asked;
            }
            catch (OperationCanceledException) when (both.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // Takes a lease that is free, ended or ours. False: someone else has it, or the server did not answer.
    private async Task<bool> TryTakeAsync(CancellationToken ct)
    {
        try
        {
            var lease = await api.FindAsync<V1Lease>(ns, leaseName, ct);
            if (lease is null)
            {
                await api.CreateAsync(Fill(new V1Lease { Metadata = new V1ObjectMeta { Name = leaseName, NamespaceProperty = ns } }), ct);
                return true;
            }
            if (lease.Spec?.HolderIdentity != identity && !HasEnded(lease))
                return false;
            await api.UpdateAsync(Fill(lease), ct);
            return true;
        }
        catch (KubernetesApiException e)
        {
            if (e is not (ResourceConflictException or ResourceAlreadyExistsException))
                LogTrouble(logger, leaseName, e.Message);
            return false;
        }
    }

    private bool HasEnded(V1Lease lease)
    {
        if (string.IsNullOrEmpty(lease.Spec?.HolderIdentity))
            return true;
        if (_seenVersion != lease.Metadata.ResourceVersion)
        {
            _seenVersion = lease.Metadata.ResourceVersion;
            _seenAt = time.GetTimestamp();
            return false;
        }
        var duration = TimeSpan.FromSeconds(lease.Spec.LeaseDurationSeconds ?? options.LeaseDuration.TotalSeconds);
        return time.GetElapsedTime(_seenAt) > duration;
    }

    private V1Lease Fill(V1Lease lease)
    {
        lease.Spec ??= new V1LeaseSpec();
        var now = time.GetUtcNow().UtcDateTime;
        if (lease.Spec.HolderIdentity != identity)
        {
            lease.Spec.HolderIdentity = identity;
            lease.Spec.AcquireTime = now;
            lease.Spec.LeaseTransitions = (lease.Spec.LeaseTransitions ?? 0) + 1;
        }
        lease.Spec.LeaseDurationSeconds = (int)Math.Ceiling(options.LeaseDuration.TotalSeconds);
        lease.Spec.RenewTime = now;
        return lease;
    }

    // So that the next one need not wait. When it fails, the lease ends by itself.
    private async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(options.RetryPeriod, time);
        try
        {
            if (await api.FindAsync<V1Lease>(ns, leaseName, limit.Token) is { Spec: { } spec } lease && spec.HolderIdentity == identity)
            {
                spec.HolderIdentity = "";
                spec.RenewTime = time.GetUtcNow().UtcDateTime;
                await api.UpdateAsync(lease, limit.Token);
            }
        }
        catch (Exception e) when (e is KubernetesApiException or OperationCanceledException)
        {
            LogTrouble(logger, leaseName, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Identity} leads: it holds the lease {Lease}.")]
    private static partial void LogLeading(ILogger logger, string identity, string lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Identity} no longer leads: it ended or lost the lease {Lease}.")]
    private static partial void LogLost(ILogger logger, string identity, string lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease {Lease} could not be read or written: {Problem}")]
    private static partial void LogTrouble(ILogger logger, string lease, string problem);
}
