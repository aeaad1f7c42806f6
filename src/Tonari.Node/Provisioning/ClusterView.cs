using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Node.Provisioning;

/// <summary>The cluster's objects this node decides by, kept by watching.</summary>
internal sealed class ClusterView(IKubernetesApi api, TimeProvider time, ILogger<ClusterView> logger) : BackgroundService
{
    private static readonly InformerOptions s_options = new();

    public Informer<StoragePool> Pools { get; } = new(api, s_options, time, logger);

    public Informer<V1PersistentVolumeClaim> Claims { get; } = new(api, s_options, time, logger);

    public Informer<V1PersistentVolume> Volumes { get; } = new(api, s_options, time, logger);

    public Informer<V1StorageClass> Classes { get; } = new(api, s_options, time, logger);

    /// <summary>Completed once all of them have been listed.</summary>
    public Task Synced => Task.WhenAll(Pools.Synced, Claims.Synced, Volumes.Synced, Classes.Synced);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Pools.RunAsync(stoppingToken), Claims.RunAsync(stoppingToken), Volumes.RunAsync(stoppingToken), Classes.RunAsync(stoppingToken));
}
