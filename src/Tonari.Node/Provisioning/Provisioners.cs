namespace Tonari.Node.Provisioning;

/// <summary>Everything that answers Kubernetes' storage objects.</summary>
internal static class Provisioners
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ObjectEvents>();
        services.AddSingleton<ClaimSources>();
        services.AddHostedService<ClaimProvisioner>();
        services.AddHostedService<VolumeReclaimer>();
        services.AddHostedService<SnapshotController>();
    }
}
