using System.Reflection;
using Tonari.Web.Hosting;

namespace Tonari.Controller.Hosting;

/// <summary>How the program was started.</summary>
/// <param name="ClusterName">Name of this cluster, an RFC 1123 label.</param>
/// <param name="PeerEndpoint"><c>host:port</c> under which neighbours reach this gateway.</param>
/// <param name="PeerPort">Port the gateway listens on.</param>
/// <param name="MetricsPort">Port of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>.</param>
/// <param name="WebPort">Port of the web interface and the REST API; 0: none.</param>
/// <param name="Namespace">Namespace Tonari is installed in.</param>
internal sealed record ControllerOptions(string ClusterName, string PeerEndpoint, int PeerPort, int MetricsPort, int WebPort, string Namespace)
{
    /// <summary>By whom people may sign in to the web interface besides bearer tokens; null: by nobody.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Version of this program, for example 0.1.0.</summary>
    public static string Version { get; } = typeof(ControllerOptions).Assembly.GetName().Version?.ToString(3)
        ?? typeof(ControllerOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
