namespace Tonari.Web.Hosting;

/// <summary>How the web interface is served.</summary>
/// <param name="ClusterName">Name of this cluster.</param>
/// <param name="Version">Version of the program that hosts it.</param>
/// <param name="Namespace">Namespace Tonari is installed in.</param>
/// <param name="Port">Port it listens on; 0: one that is free, for tests.</param>
public sealed record WebOptions(string ClusterName, string Version, string Namespace, int Port)
{
    /// <summary>By whom people may sign in besides bearer tokens; null: by nobody.</summary>
    public OidcOptions? Oidc { get; init; }
}
