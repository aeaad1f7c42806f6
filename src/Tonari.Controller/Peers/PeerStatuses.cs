using System.Globalization;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Peers;

/// <summary>From greetings to what a ClusterPeer shows. Pure.</summary>
internal static class PeerStatuses
{
    /// <summary>The status after a greeting.</summary>
    public static ClusterPeerStatus After(ClusterPeer peer, Greeting greeting, DateTimeOffset now)
    {
        var old = peer.Status ?? new ClusterPeerStatus();
        var generation = peer.Metadata.Generation;
        if (greeting.Problem is { } problem)
            return old with
            {
                Reachable = false,
                Message = problem,
                Conditions = Condition.Set(old.Conditions, "Reachable", false, greeting.Reason!, problem, now, generation),
            };
        var skew = greeting.Skew ?? TimeSpan.Zero;
        var skewed = skew.Duration() >= PeerLimits.ClockSkewWarning;
        var clock = skewed
            ? string.Create(CultureInfo.InvariantCulture, $"Its clock is {skew.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "ahead" : "behind")}. Synchronise both clusters with NTP.")
            : "The clocks agree.";
        var conditions = Condition.Set(old.Conditions, "Reachable", true, "Answers", "It answers.", now, generation);
        return old with
        {
            Reachable = true,
            ClusterName = greeting.ClusterName,
            Version = greeting.Version,
            RoundTripMs = (long)Math.Ceiling(greeting.RoundTrip!.Value.TotalMilliseconds),
            ClockSkewMs = (long)skew.TotalMilliseconds,
            LastContactTime = now,
            Message = skewed ? clock : "It answers.",
            Conditions = Condition.Set(conditions, "ClocksAgree", !skewed, skewed ? "ClocksDiffer" : "ClocksAgree", clock, now, generation),
        };
    }

    /// <summary>Whether the new status is worth a write: something a user acts on has changed, or the old one has grown old.</summary>
    public static bool WorthWriting(ClusterPeerStatus? old, ClusterPeerStatus next, DateTimeOffset now)
    {
        if (old is null || old.Reachable != next.Reachable || old.ClusterName != next.ClusterName || old.Version != next.Version || old.Message != next.Message)
            return true;
        return next.Reachable && now - (old.LastContactTime ?? DateTimeOffset.MinValue) >= PeerLimits.StatusRefresh;
    }

    /// <summary>The status with a mirror noted as deleted here; the oldest are forgotten first.</summary>
    public static ClusterPeerStatus WithTombstone(ClusterPeerStatus? old, string mirrorId, DateTimeOffset now)
    {
        var status = old ?? new ClusterPeerStatus();
        return status.DeletedMirrors.Any(d => d.MirrorId == mirrorId)
            ? status
            : status with { DeletedMirrors = [.. status.DeletedMirrors.TakeLast(PeerLimits.MostTombstones - 1), new DeletedMirror(mirrorId, now)] };
    }
}
