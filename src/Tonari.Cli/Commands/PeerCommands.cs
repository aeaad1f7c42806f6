using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari peer</c>.</summary>
internal static class PeerCommands
{
    public static Command Create(CommandFactory factory) => CommandFactory.Group(
        "peer",
        "Neighbouring clusters",
        Invite(factory),
        JoinCommand.Create(factory),
        ListCommand.ClusterWide<ClusterPeer>(factory, "peer", "neighbouring clusters", (items, view) => ResourceTables.Peers(items, view.Wide, view.Now)),
        ListCommand.Show<ClusterPeer>(factory, "peer", "a neighbouring cluster", "green", ResourceDescriptions.Peer),
        Remove(factory));

    private static ExampledCommand Invite(CommandFactory factory)
    {
        var expires = DurationOption.Create("--expires", "How long the token can be used, at most 24h (default 15m)", longest: PairingToken.LongestLifetime);
        return factory.Action(
            "invite",
            "Print a one-time token with which another cluster can become this one's neighbour",
            ["tonari peer invite", "tonari --context blue peer invite | tonari --context green peer join -"],
            [expires],
            async (invocation, ct) =>
            {
                var lifetime = invocation.Get(expires) ?? PairingToken.DefaultLifetime;
                var info = await invocation.Cluster.GetInfoAsync(ct);
                var randomness = invocation.Services.Randomness;
                var token = new PairingToken(info.PeerEndpoint, info.Fingerprint, randomness.NewSecret(), invocation.Now + lifetime);
                await invocation.Cluster.CreateSecretAsync(PairingObjects.Invite(WellKnown.SystemNamespace, randomness.NewId(8), token), ct);
                invocation.Terminal.Write(token.Encode());
                invocation.Terminal.WriteError(
                    $"Good for one cluster, for {Format.Exact(lifetime)}. There: tonari peer join TOKEN. It lets a cluster in: give it to nobody else.");
                return ExitCode.Done;
            });
    }

    private static ExampledCommand Remove(CommandFactory factory)
    {
        var name = factory.Names.Name<ClusterPeer>("NAME", "Name of the neighbour");
        var yes = SharedOptions.Yes();
        return factory.Action(
            "remove", "Part with a neighbour: its certificate is no longer trusted here", ["tonari peer remove green"], [name, yes],
            async (invocation, ct) =>
            {
                var peer = invocation.Get(name);
                await invocation.Cluster.GetAsync<ClusterPeer>(null, peer, ct);
                var mirrors = (await invocation.Cluster.ListAsync<AppMirror>(null, ct)).Select(m => m.Value).Where(m => m.Spec.Peer == peer).ToList();
                if (mirrors.Count > 0)
                {
                    throw CliException.Refused(
                        $"{peer} is still the neighbour of {string.Join(", ", mirrors.Select(m => $"{m.Namespace}/{m.Name}"))}.",
                        $"Delete that first: tonari mirror delete {mirrors[0].Name} -n {mirrors[0].Namespace}");
                }

                if (!invocation.Get(yes))
                {
                    await Confirmation.YesAsync(invocation.Terminal, $"Part with {peer}?", ct);
                }

                await invocation.Cluster.DeleteAsync<ClusterPeer>(null, peer, ct);
                invocation.Terminal.Write($"clusterpeer.tonari.dev/{peer} removed");
                invocation.Terminal.WriteError($"{peer} still has this cluster as its neighbour; remove it there as well.");
                return ExitCode.Done;
            });
    }
}
