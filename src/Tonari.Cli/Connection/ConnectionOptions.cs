using Tonari.Kubernetes.Api;

namespace Tonari.Cli.Connection;

/// <summary>Which cluster, as the user named it.</summary>
/// <param name="Kubeconfig">Path; null: KUBECONFIG, ~/.kube/config, the pod's account.</param>
/// <param name="Context">Context; null: the current one.</param>
internal sealed record ConnectionOptions(string? Kubeconfig, string? Context);

/// <summary>A way to a cluster's API server.</summary>
/// <param name="Api">The API.</param>
/// <param name="DefaultNamespace">The namespace of the context.</param>
internal sealed record ClusterConnection(IKubernetesApi Api, string DefaultNamespace);
