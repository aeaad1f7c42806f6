using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;

namespace Tonari.Kubernetes.Api;

/// <summary>Writes Kubernetes events about objects. The same event again counts up instead of adding another.</summary>
public sealed class EventRecorder(IKubernetesApi api, string component, TimeProvider time)
{
    /// <summary>Records an event.</summary>
    /// <param name="about">The object; events about cluster-scoped ones go to the namespace <c>default</c>, as Kubernetes' own do.</param>
    /// <param name="warning">Something is wrong, else for information.</param>
    /// <param name="reason">One CamelCase word.</param>
    /// <param name="message">What happened, for people; at most 1024 characters are kept.</param>
    /// <param name="ct">Cancels the request.</param>
    public async Task RecordAsync<T>(T about, bool warning, string reason, string message, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var kind = ResourceKind.Of<T>();
        var ns = string.IsNullOrEmpty(about.Metadata.NamespaceProperty) ? "default" : about.Metadata.NamespaceProperty;
        var text = message.Length > 1024 ? message[..1024] : message;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{about.Metadata.Uid}\n{reason}\n{text}")))[..16];
        var now = time.GetUtcNow().UtcDateTime;
        var name = $"{about.Metadata.Name}.{digest}";
        try
        {
            await api.CreateAsync(new Corev1Event
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns },
                InvolvedObject = new V1ObjectReference
                {
                    ApiVersion = kind.ApiVersion,
                    Kind = kind.Kind,
                    Name = about.Metadata.Name,
                    NamespaceProperty = about.Metadata.NamespaceProperty,
                    Uid = about.Metadata.Uid,
                },
                Type = warning ? "Warning" : "Normal",
                Reason = reason,
                Message = text,
                Source = new V1EventSource { Component = component },
                FirstTimestamp = now,
                LastTimestamp = now,
                Count = 1,
            }, ct);
        }
        catch (ResourceAlreadyExistsException)
        {
            if (await api.FindAsync<Corev1Event>(ns, name, ct) is not { } there)
                return;
            there.Count = (there.Count ?? 1) + 1;
            there.LastTimestamp = now;
            await api.UpdateAsync(there, ct);
        }
    }
}
