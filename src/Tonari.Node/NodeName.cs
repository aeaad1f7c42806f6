namespace Tonari.Node;

/// <summary>The name of the Kubernetes node this program serves.</summary>
internal sealed record NodeName(string Value);
