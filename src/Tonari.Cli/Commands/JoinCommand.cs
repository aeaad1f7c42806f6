using System.CommandLine;
using k8s.Models;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari peer join</c>.</summary>
internal static class JoinCommand
{
    public static Command Create(CommandFactory factory)
    {
        var text = new Argument<string>("TOKEN") { Description = "The token that tonari peer invite printed on the other cluster; - reads it from the input" }
            .Checked(ValueForms.Token);
        var (timeout, output) = (SharedOptions.Timeout(), OutputOption.Create());
        return factory.Action(
            "join", "Become the neighbour of the cluster that made a token", ["tonari peer join TOKEN", "tonari peer join - < token.txt"], [text, timeout, output],
            async (invocation, ct) =>
            {
                var token = await ReadAsync(invocation, invocation.Get(text), ct);
                var info = await invocation.Cluster.GetInfoAsync(ct);
                if (token.Fingerprint == info.Fingerprint)
                {
                    throw CliException.Refused($"This token was made by {info.ClusterName} itself.", "Join on the other cluster: choose it with --context.");
                }

                var join = PairingObjects.Join(WellKnown.SystemNamespace, invocation.Services.Randomness.NewId(8), token);
                await invocation.Cluster.CreateSecretAsync(join, ct);
                var follower = new JoinFollower(token.Endpoint);
                var format = invocation.Get(output);
                var wait = new WaitRequest(
                    invocation.Get(timeout),
                    format.IsForMachines(),
                    $"The controller goes on trying until the token expires; see tonari peer list. To stop it: kubectl -n {WellKnown.SystemNamespace} delete secret {join.Metadata.Name}");
                await Follow.UntilFinishedAsync(
                    invocation,
                    wait,
                    async token => follower.Observe((await invocation.Cluster.FindAsync<V1Secret>(WellKnown.SystemNamespace, join.Metadata.Name, token))?.Value),
                    ct);
                var peer = await invocation.Cluster.GetAsync<ClusterPeer>(null, follower.Peer(), ct);
                ResourcePrinter.PrintOne(invocation, format, peer, () => ResourceDescriptions.Peer(peer.Value, invocation.Now));
                return ExitCode.Done;
            });
    }

    private static async Task<PairingToken> ReadAsync(Invocation invocation, string text, CancellationToken ct)
    {
        var given = text == "-" ? await invocation.Terminal.AskAsync("", ct) ?? "" : text;
        var token = PairingToken.Decode(given, out var problem) ?? throw CliException.Usage(problem!);
        return token.Expires > invocation.Now
            ? token
            : throw CliException.Refused(
                $"This token expired {Format.Age(invocation.Now - token.Expires)} ago.", "Make a new one on the other cluster: tonari peer invite");
    }
}

/// <summary>Reads the outcome that the controller writes on a join Secret.</summary>
internal sealed class JoinFollower(string endpoint)
{
    private V1Secret? last;
    private string? told;
    private bool gone;

    public Look Observe(V1Secret? join)
    {
        gone = join is null;
        last = join ?? last;
        var outcome = Annotation(PairingObjects.OutcomeAnnotation);
        var message = Annotation(PairingObjects.MessageAnnotation) ?? "waiting for the controller to take it up";
        Line line = $"Pairing with {endpoint}: {message}";
        var news = told == message ? [] : new[] { line };
        told = message;
        return new Look(new ProgressMoment([line], news), gone || outcome is PairingObjects.JoinDone or PairingObjects.JoinRefused);
    }

    /// <summary>Name of the ClusterPeer that came of it.</summary>
    /// <exception cref="CliException">Nothing came of it.</exception>
    public string Peer() => (Annotation(PairingObjects.OutcomeAnnotation), Annotation(PairingObjects.PeerAnnotation)) switch
    {
        (PairingObjects.JoinDone, { } peer) => peer,
        (PairingObjects.JoinRefused, _) => throw CliException.Refused(Annotation(PairingObjects.MessageAnnotation) ?? $"{endpoint} refused."),
        _ when gone => throw CliException.Failed("The join was withdrawn: its Secret was deleted.", "See tonari peer list."),
        _ => throw CliException.Failed("The controller says that it joined, but not which neighbour.", "See tonari peer list."),
    };

    private string? Annotation(string name) => last?.Metadata.Annotations?.TryGetValue(name, out var value) == true ? value : null;
}
