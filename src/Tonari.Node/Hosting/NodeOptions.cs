using System.Net;

namespace Tonari.Node.Hosting;

/// <summary>What the command line says.</summary>
/// <param name="NodeName">Name of the Kubernetes node.</param>
/// <param name="KubeletDirectory">Kubelet's root directory, for example /var/lib/kubelet.</param>
/// <param name="PoolsDirectory">Every mounted directory in it is a pool.</param>
/// <param name="AgentAddress">Where the agent listens, and what others are told.</param>
/// <param name="HealthPort">Port of the health endpoints.</param>
/// <param name="SystemNamespace">Where the cluster's identity is.</param>
internal sealed record NodeOptions(
    string NodeName, string KubeletDirectory, string PoolsDirectory, IPEndPoint AgentAddress, int HealthPort, string SystemNamespace)
{
    public string PluginDirectory => Path.Combine(KubeletDirectory, "plugins", Kubernetes.WellKnown.Driver);

    public string CsiSocket => Path.Combine(PluginDirectory, "csi.sock");

    public string RegistrationSocket => Path.Combine(KubeletDirectory, "plugins_registry", Kubernetes.WellKnown.Driver + "-reg.sock");

    /// <summary>See <see cref="Mounting.FormatIntents"/>.</summary>
    public string FormatIntentsDirectory => Path.Combine(PluginDirectory, "formatting");
}
