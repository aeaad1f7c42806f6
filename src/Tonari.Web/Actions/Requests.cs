using Tonari.Kubernetes.Json;
using Tonari.Mirroring;

namespace Tonari.Web.Actions;

/// <summary>Replicate an application from now on.</summary>
/// <param name="Application">Name of the application, in the namespace of the address.</param>
/// <param name="Peer">Name of the neighbour that is to receive.</param>
/// <param name="Name">Name of the mirror; the application's when left out.</param>
/// <param name="Schedule">From the start of one sync to the start of the next, for example 1m; 5m when left out, at least 10s.</param>
/// <param name="WantedRpo">How old the newest group snapshot may become; twice the schedule when left out.</param>
/// <param name="Retain">Complete group snapshots kept on each side, 1 to 100; 3 when left out.</param>
/// <param name="OnFenced">What this side does with its running application when the other has taken over; Stop when left out.</param>
/// <param name="NamespaceMapping">Namespaces here that have another name there.</param>
/// <param name="StorageClassMapping">Storage classes here that have another name there.</param>
/// <param name="RateLimitBytesPerSecond">Limit of all its transfers together, bytes per second; none when left out.</param>
/// <param name="Define">Define the application as everything in its namespace where it is not defined yet.</param>
public sealed record ConfigureRequest(
    string? Application, string? Peer, string? Name = null, GoDuration? Schedule = null, GoDuration? WantedRpo = null, int? Retain = null,
    FencedAction? OnFenced = null, IReadOnlyDictionary<string, string>? NamespaceMapping = null,
    IReadOnlyDictionary<string, string>? StorageClassMapping = null, long? RateLimitBytesPerSecond = null, bool Define = false);

/// <summary>Ask a mirror for an operation.</summary>
/// <param name="Type">What is asked.</param>
/// <param name="Id">1 to 63 characters, chosen by whoever asks; the same id again is the same request. Made here when left out.</param>
/// <param name="Snapshot">Fail over only: the group snapshot to start from; the newest when left out.</param>
/// <param name="Keep">Resync only: name of the cluster whose data is kept.</param>
/// <param name="Confirm">Name of the application: for a resync and a fail back, because writes of one side are set aside; for a fail over from what is known to differ.</param>
public sealed record OperationRequest(MirrorOperationType? Type, string? Id = null, string? Snapshot = null, string? Keep = null, string? Confirm = null);

/// <summary>What became of asking for an operation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Outcome">Where it stands.</param>
/// <param name="Record">How it ended.</param>
public sealed record OperationAnswer(string Id, OperationOutcome Outcome, MirrorOperationRecord? Record);

/// <summary>Where an operation stands.</summary>
public enum OperationOutcome
{
    /// <summary>Asked for; the controller has not taken it up yet.</summary>
    Asked,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>It reached its aim.</summary>
    Succeeded,

    /// <summary>It was refused or did not reach its aim; the record says why.</summary>
    Failed,
}

/// <summary>Make a token with which another cluster can become this one's neighbour.</summary>
/// <param name="Lifetime">How long it can be used, for example 15m (when left out), at most 24h.</param>
public sealed record InviteRequest(GoDuration? Lifetime = null);

/// <summary>An invitation. The token lets one cluster in: show it to nobody else.</summary>
/// <param name="Token">To be given to the other cluster, once.</param>
/// <param name="ExpiresAt">After this it is refused.</param>
public sealed record InvitationView(string Token, DateTimeOffset ExpiresAt);

/// <summary>Accept an invitation.</summary>
/// <param name="Token">As the other cluster made it.</param>
public sealed record JoinRequest(string? Token);

/// <summary>How accepting an invitation stands.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Outcome">Pending, Joined or Refused.</param>
/// <param name="Message">What happened, in words.</param>
/// <param name="Peer">Name of the neighbour that came of it.</param>
public sealed record JoinView(string Id, string Outcome, string? Message, string? Peer);

/// <summary>No more volumes in a pool.</summary>
/// <param name="Force">Even while it holds volumes: they go on working, but none can be made or received in it.</param>
public sealed record UnmanageRequest(bool Force = false);

/// <summary>Take a snapshot of an application.</summary>
/// <param name="Application">Name of the application.</param>
/// <param name="Name">Name of the snapshot; made from the application's and the time when left out.</param>
public sealed record SnapshotRequest(string? Application, string? Name = null);
