using System.Text;
using System.Xml.Linq;
using k8s.Models;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Tonari.Kubernetes.Api;
using Tonari.Web.Hosting;

namespace Tonari.Web.Session;

/// <summary>
/// The keys that protect sessions and forms, kept in the Secret <c>tonari-web-keys</c>, so that a controller that is started again signs nobody
/// out. Keys are made here alone, before anything listens and from time to time after that, never in the middle of a request.
/// </summary>
internal sealed partial class SessionKeys(IKubernetesApi api, WebOptions options, TimeProvider time, ILogger<SessionKeys> logger) : IXmlRepository
{
    /// <summary>Name of the Secret.</summary>
    public const string SecretName = "tonari-web-keys";

    private const string DataKey = "keys.xml";
    private const int Tries = 5;

    private readonly Lock _lock = new();
    private List<XElement> _keys = [];

    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_lock)
            return [.. _keys.Select(k => new XElement(k))];
    }

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_lock)
            _keys.Add(new XElement(element));
    }

    /// <summary>Finds the keys, and makes one where none is good for long enough. Of several controllers the first one's counts.</summary>
    public async Task EnsureAsync(IKeyManager manager, CancellationToken ct)
    {
        for (var left = Tries; ; left--)
        {
            var secret = await api.FindAsync<V1Secret>(options.Namespace, SecretName, ct);
            lock (_lock)
                _keys = Read(secret);
            // The framework judges keys by the system's clock, whatever ours is.
            var now = TimeProvider.System.GetUtcNow();
            var good = manager.GetAllKeys().Where(k => !k.IsRevoked && k.ExpirationDate > now + SessionLimits.KeySpread).ToList();
            var usable = good.Any(k => k.ActivationDate <= now);
            if (usable && good.Any(k => k.ExpirationDate > now + SessionLimits.KeyRenewal))
                return;
            // While there is another one, a new key is not used before every controller knows it.
            var from = usable ? now + SessionLimits.KeySpread : now;
            manager.CreateNewKey(from, from + SessionLimits.KeyLifetime);
            try
            {
                await WriteAsync(secret, ct);
                return;
            }
            catch (KubernetesApiException e) when (left > 1 && e is ResourceAlreadyExistsException or ResourceConflictException)
            {
                // Another controller was faster: take what it made.
            }
        }
    }

    /// <summary>Looks at the keys from time to time until cancelled: also those that other controllers have made.</summary>
    public async Task RenewAsync(IKeyManager manager, CancellationToken ct)
    {
        while (true)
        {
            await Task.Delay(SessionLimits.KeyLook, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ct.IsCancellationRequested)
                return;
            try
            {
                await EnsureAsync(manager, ct);
            }
            catch (KubernetesApiException e)
            {
                // There are days left for it.
                LogNotRenewed(logger, e.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task WriteAsync(V1Secret? secret, CancellationToken ct)
    {
        XElement all;
        lock (_lock)
            all = new XElement("keys", _keys);
        var made = secret ?? new V1Secret { Metadata = new V1ObjectMeta { Name = SecretName, NamespaceProperty = options.Namespace }, Type = "Opaque" };
        made.Data = new Dictionary<string, byte[]> { [DataKey] = Encoding.UTF8.GetBytes(all.ToString(SaveOptions.DisableFormatting)) };
        if (secret is null)
            await api.CreateAsync(made, ct);
        else
            await api.UpdateAsync(made, ct);
    }

    private static List<XElement> Read(V1Secret? secret) =>
        secret?.Data?.TryGetValue(DataKey, out var text) == true ? [.. XElement.Parse(Encoding.UTF8.GetString(text)).Elements()] : [];

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of sessions could not be looked at and will be again later: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);
}
