using k8s.Models;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Applications;

/// <summary>Which Applications are worth a look when something else has changed.</summary>
internal sealed class ApplicationTriggers(Func<IReadOnlyCollection<Application>> applications, Action<ObjectKey> look)
{
    /// <summary>A claim came, went or was bound. Its usage and events do not matter.</summary>
    public void OnClaim(InformerChange<V1PersistentVolumeClaim> change)
    {
        if (change is { Old: { } old, New: { } now } && old.Spec.VolumeName == now.Spec.VolumeName && old.Status?.Phase == now.Status?.Phase)
            return;
        var ns = change.Value.Metadata.NamespaceProperty;
        foreach (var application in applications().Where(a => ApplicationScope.Of(a).NamespaceNames.Contains(ns)))
            look(ObjectKey.Of(application));
    }

    /// <summary>A mirror came, went or changed its application.</summary>
    public void OnMirror(InformerChange<AppMirror> change)
    {
        if (change is { Old: { } old, New: { } now } && old.Spec.Application == now.Spec.Application)
            return;
        foreach (var mirror in new[] { change.Old, change.New }.OfType<AppMirror>())
        {
            foreach (var application in applications().Where(a => a.Namespace == mirror.Namespace && a.Name == mirror.Spec.Application))
                look(ObjectKey.Of(application));
        }
    }
}
