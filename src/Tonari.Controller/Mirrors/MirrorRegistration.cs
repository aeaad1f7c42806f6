using Microsoft.Extensions.DependencyInjection.Extensions;
using Tonari.Controller.Hosting;
using Tonari.Controller.Mirrors.Steps;
using Tonari.Controller.Preflight;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Workloads;

namespace Tonari.Controller.Mirrors;

/// <summary>Puts together everything that keeps mirrors going.</summary>
internal static class MirrorRegistration
{
    /// <summary>
    /// Adds the leader's tasks that keep mirrors going; they run once the mirrors' informer has listed. Needed from elsewhere:
    /// the Kubernetes API, the mirror store, agents and pools, peers and their views, preflight, this cluster's name, the time.
    /// </summary>
    public static IServiceCollection AddMirrors(this IServiceCollection services)
    {
        services.AddSingleton<NamespaceContents>();
        services.TryAddSingleton(provider => new ApplicationCapture(
            provider.GetRequiredService<IKubernetesApi>(), provider.GetRequiredService<TimeProvider>(), contents: provider.GetRequiredService<NamespaceContents>()));
        services.TryAddSingleton<ApplicationWorkloads>();
        services.TryAddSingleton<HookRunner>();
        services.TryAddSingleton<ResourceApplier>();
        services.TryAddSingleton(provider => new EventRecorder(
            provider.GetRequiredService<IKubernetesApi>(), "tonari-controller", provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton<RelationshipPreflight>();
        services.AddSingleton<LocalVolumes>();
        services.AddSingleton<LocalApplications>();
        services.AddSingleton<ReplicaPlacement>();
        services.AddSingleton<PeerBounds>();
        services.AddSingleton<MirrorLabels>();
        services.AddSingleton<IMirrorStepHandler, PeerSteps>();
        services.AddSingleton<IMirrorStepHandler, PullGroupStep>();
        services.AddSingleton<IMirrorStepHandler, CompareStep>();
        services.AddSingleton<IMirrorStepHandler, HealStep>();
        services.AddSingleton<IMirrorStepHandler, SnapshotSteps>();
        services.AddSingleton<IMirrorStepHandler, ApplicationSteps>();
        services.AddSingleton<IMirrorStepHandler, PromotionSteps>();
        services.AddSingleton<IMirrorStepHandler, SetLiveAsideStep>();
        services.AddSingleton<IMirrorStepHandler, CleanUpStep>();
        services.AddSingleton<IMirrorEffects, MirrorStepExecutor>();

        services.AddSingleton<MirrorNewsDesk>();
        services.AddSingleton<IMirrorNewsDesk>(provider => provider.GetRequiredService<MirrorNewsDesk>());
        services.AddSingleton<ILeaderTask>(provider => provider.GetRequiredService<MirrorNewsDesk>());
        services.AddSingleton<ILeaderTask, MirrorSupervisor>();
        return services;
    }
}
