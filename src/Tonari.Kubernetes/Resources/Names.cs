namespace Tonari.Kubernetes.Resources;

/// <summary>The form of names that custom resources refer to objects by, for their schemas.</summary>
internal static class Names
{
    /// <summary>A DNS subdomain, as objects are named.</summary>
    public const string Pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    /// <summary>The same, or nothing.</summary>
    public const string PatternOrEmpty = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$";
}
