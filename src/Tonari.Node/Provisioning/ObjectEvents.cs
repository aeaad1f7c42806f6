using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Node.Provisioning;

/// <summary>Says things to users on their objects. The same sentence again raises the count of the first event instead of making another.</summary>
internal sealed partial class ObjectEvents(IKubernetesApi api, NodeName node, TimeProvider time, ILogger<ObjectEvents> logger)
{
    private const int HashCharacters = 16;

    public Task WarnAsync(IKubernetesObject<V1ObjectMeta> about, string reason, string sentence, CancellationToken ct) =>
        SayAsync(about, "Warning", reason, sentence, ct);

    public Task InformAsync(IKubernetesObject<V1ObjectMeta> about, string reason, string sentence, CancellationToken ct) =>
        SayAsync(about, "Normal", reason, sentence, ct);

    private async Task SayAsync(IKubernetesObject<V1ObjectMeta> about, string type, string reason, string sentence, CancellationToken ct)
    {
        var ns = about.Metadata.NamespaceProperty ?? "default";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{about.Metadata.Uid}/{reason}/{sentence}")))[..HashCharacters];
        var name = $"{about.Metadata.Name}.{hash}";
        var now = time.GetUtcNow().UtcDateTime;
        try
        {
            if (await api.FindAsync<Corev1Event>(ns, name, ct) is { } existing)
            {
                var patch = new JsonObject { ["count"] = (existing.Count ?? 1) + 1, ["lastTimestamp"] = now.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture) };
                await api.MergeAsync<Corev1Event>(ns, name, patch, ct);
                return;
            }

            await api.CreateAsync(Build(about, ns, name, type, reason, sentence, now), ct);
        }
        catch (KubernetesApiException error)
        {
            // An event is a courtesy; what it is about is tried again and said again.
            LogNotSaid(sentence, error.Message);
        }
    }

    private Corev1Event Build(IKubernetesObject<V1ObjectMeta> about, string ns, string name, string type, string reason, string sentence, DateTime now)
    {
        var kind = about.GetType();
        var entity = (KubernetesEntityAttribute)kind.GetCustomAttributes(typeof(KubernetesEntityAttribute), inherit: false)[0];
        return new Corev1Event
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns },
            InvolvedObject = new V1ObjectReference
            {
                ApiVersion = entity.Group.Length == 0 ? entity.ApiVersion : $"{entity.Group}/{entity.ApiVersion}",
                Kind = entity.Kind,
                Name = about.Metadata.Name,
                NamespaceProperty = about.Metadata.NamespaceProperty,
                Uid = about.Metadata.Uid,
            },
            Type = type,
            Reason = reason,
            Message = sentence,
            Source = new V1EventSource { Component = "tonari-node", Host = node.Value },
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not said to the user: {Sentence} ({Problem})")]
    private partial void LogNotSaid(string sentence, string problem);
}
