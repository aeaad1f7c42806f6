using System.CommandLine;
using System.Reflection;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>Version of this program.</summary>
    public static string Own =>
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Command Create(CommandFactory factory)
    {
        var client = new Option<bool>("--client") { Description = "Only this program's version; ask no cluster" };
        return factory.Action(
            "version",
            "Print the versions of this program and of the cluster's Tonari",
            ["tonari version", "tonari version --client"],
            [client],
            async (invocation, ct) =>
            {
                invocation.Terminal.Write($"tonari {Own}");
                if (!invocation.Get(client))
                {
                    var info = await invocation.Cluster.GetInfoAsync(ct);
                    invocation.Terminal.Write(new Fields()
                        .Add("Cluster", info.ClusterName)
                        .Add("Controller", info.Version ?? "unknown")
                        .Add("Peer gateway", info.PeerEndpoint)
                        .Add("Fingerprint", info.Fingerprint)
                        .ToLines());
                }

                return ExitCode.Done;
            });
    }
}
