using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>The AppMirror objects of this cluster: as last seen, and how their status is changed.</summary>
internal interface IMirrorStore
{
    /// <summary>All of them, as last seen.</summary>
    public IReadOnlyList<AppMirror> All { get; }

    /// <summary>Raised after an object was added, changed or removed. Handlers must only leave a note and return.</summary>
    public event Action<AppMirror>? Changed;

    /// <summary>
    /// Decides on the object as the API server has it and writes the status; where someone else wrote first, reads again and decides again.
    /// <paramref name="change"/> returns null or the same status when nothing is to be written. The object as it is afterwards; null when it is gone.
    /// </summary>
    public Task<AppMirror?> UpdateAsync(
        string @namespace, string name, Func<AppMirror, MirrorStatus, MirrorStatus?> change, CancellationToken ct);
}
