using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Peers;

/// <summary>The joiner's half of a pairing: takes a join Secret, asks the inviter, pins its certificate and writes the outcome to the Secret.</summary>
internal sealed partial class Joining(IKubernetesApi api, ClusterIdentity identity, PeerSelf self, TimeProvider time, ILogger<Joining> logger)
{
    /// <summary>How long an outcome can be read before the Secret is removed.</summary>
    public static readonly TimeSpan OutcomeKept = TimeSpan.FromMinutes(10);

    /// <summary>Pause before an inviter that does not answer is asked again.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    /// <summary>Does what is next for a join Secret; when to look again, or null when nothing is left to do.</summary>
    public async Task<TimeSpan?> HandleAsync(V1Secret join, CancellationToken ct)
    {
        if (join.Type != PairingObjects.JoinType)
            return null;
        if (Annotation(join, PairingObjects.OutcomeAnnotation) is PairingObjects.JoinDone or PairingObjects.JoinRefused)
            return await ForgetAsync(join, ct);
        var outcome = await JoinAsync(join, ct);
        await WriteAsync(join, outcome, ct);
        return outcome.Kind == PairingObjects.JoinPending ? Retry : OutcomeKept;
    }

    private async Task<Outcome> JoinAsync(V1Secret join, CancellationToken ct)
    {
        var text = join.Data is { } data && data.TryGetValue(PairingObjects.JoinToken, out var bytes) ? Encoding.UTF8.GetString(bytes) : "";
        if (PairingToken.Decode(text, out var problem) is not { } token)
            return Refused(problem!);
        if (token.Fingerprint == identity.Fingerprint)
            return Refused("This token was made by this very cluster. Use it on the other one.");
        try
        {
            var answer = await AskAsync(token, join.Metadata.Uid, ct);
            return await PinAsync(answer.ClusterName, token, ct);
        }
        catch (PeerUnreachableException e) when (time.GetUtcNow() < token.Expires)
        {
            return new Outcome(PairingObjects.JoinPending, $"{e.Message} It is tried again until the token expires.", null);
        }
        catch (PeerUnreachableException e)
        {
            return Refused($"The token has expired before the other cluster could be reached: {e.Message}");
        }
        catch (PeerException e)
        {
            return Refused(e.Message);
        }
    }

    private async Task<JoinResponse> AskAsync(PairingToken token, string attempt, CancellationToken ct)
    {
        using var channel = PeerConnections.Open(token.Endpoint, token.Fingerprint, identity);
        var request = new JoinRequest
        {
            Secret = token.Secret,
            ClusterName = self.ClusterName,
            Endpoint = self.Endpoint,
            Version = self.Version,
            Attempt = attempt,
        };
        try
        {
            return await new Pairing.PairingClient(channel)
                .JoinAsync(request, deadline: (time.GetUtcNow() + PeerLimits.ApiCall).UtcDateTime, cancellationToken: ct);
        }
        catch (RpcException e)
        {
            throw PeerErrors.Translate($"The cluster at {token.Endpoint}", e, ct);
        }
    }

    private async Task<Outcome> PinAsync(string name, PairingToken token, CancellationToken ct)
    {
        if (!PeerObjects.IsClusterName(name))
            return Refused("The other cluster's name cannot be the name of a ClusterPeer.");
        try
        {
            await api.CreateAsync(PeerObjects.New(name, token.Endpoint, token.Fingerprint), ct);
        }
        catch (ResourceAlreadyExistsException)
        {
            var existing = await api.FindAsync<ClusterPeer>(null, name, ct);
            if (existing?.Spec.Fingerprint != token.Fingerprint)
                return Refused($"There already is a ClusterPeer {name} with another certificate. If that cluster was made anew, delete the ClusterPeer on both clusters and pair again.");
        }
        LogJoined(logger, name, token.Fingerprint);
        return new Outcome(PairingObjects.JoinDone, $"Paired with {name}.", name);
    }

    private async Task WriteAsync(V1Secret join, Outcome outcome, CancellationToken ct)
    {
        if (outcome.Kind == PairingObjects.JoinPending && Annotation(join, PairingObjects.MessageAnnotation) == outcome.Message)
            return;
        if (outcome.Kind == PairingObjects.JoinRefused)
            LogRefused(logger, join.Metadata.Name, outcome.Message);
        var annotations = new JsonObject
        {
            [PairingObjects.OutcomeAnnotation] = outcome.Kind,
            [PairingObjects.MessageAnnotation] = outcome.Message,
        };
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } };
        if (outcome.Kind != PairingObjects.JoinPending)
        {
            annotations[PairingObjects.FinishedAnnotation] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            annotations[PairingObjects.PeerAnnotation] = outcome.Peer;
            patch["data"] = new JsonObject { [PairingObjects.JoinToken] = null };
        }
        try
        {
            await api.MergeAsync<V1Secret>(join.Metadata.NamespaceProperty, join.Metadata.Name, patch, ct);
        }
        catch (ResourceNotFoundException)
        {
            // Whoever asked has withdrawn the request; what came of the pairing stands.
        }
    }

    private async Task<TimeSpan?> ForgetAsync(V1Secret join, CancellationToken ct)
    {
        var finished = DateTimeOffset.TryParse(
            Annotation(join, PairingObjects.FinishedAnnotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : DateTimeOffset.MinValue;
        var left = finished + OutcomeKept - time.GetUtcNow();
        if (left > TimeSpan.Zero)
            return left;
        await api.DeleteAsync<V1Secret>(join.Metadata.NamespaceProperty, join.Metadata.Name, ct, new DeleteOptions { Uid = join.Metadata.Uid });
        return null;
    }

    private static Outcome Refused(string message) => new(PairingObjects.JoinRefused, message, null);

    private static string? Annotation(V1Secret secret, string name) => secret.Metadata.Annotations?.TryGetValue(name, out var value) == true ? value : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "Joined {Cluster}, certificate {Fingerprint}")]
    private static partial void LogJoined(ILogger logger, string cluster, string fingerprint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The pairing asked for by the Secret {Secret} failed: {Reason}")]
    private static partial void LogRefused(ILogger logger, string secret, string reason);

    private sealed record Outcome(string Kind, string Message, string? Peer);
}
