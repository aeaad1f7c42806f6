using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Journal;

/// <summary>
/// Keeps who did what in the ConfigMap <c>tonari-activity</c>, bounded, with Tonari's own rights: users need none on it. Every controller adds
/// keys by a patch, which the API server puts together, so that they need not wait for each other.
/// </summary>
internal sealed partial class ActivityJournal : IActivityJournal, IAsyncDisposable
{
    /// <summary>Name of the ConfigMap.</summary>
    public const string Name = "tonari-activity";

    private const int IdLength = 8;
    private static readonly ResourceKind Kind = ResourceKind.Of<V1ConfigMap>();

    private readonly Channel<ActivityEntry> _waiting = Channel.CreateBounded<ActivityEntry>(new BoundedChannelOptions(JournalLimits.Waiting) { SingleReader = true });
    private readonly CancellationTokenSource _end = new();
    private readonly IKubernetesApi _api;
    private readonly string _namespace;
    private readonly IRandomness _randomness;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _writing;

    public ActivityJournal(IKubernetesApi api, WebOptions options, IRandomness randomness, TimeProvider time, ILogger<ActivityJournal> logger)
    {
        (_api, _namespace, _randomness, _time, _logger) = (api, options.Namespace, randomness, time, logger);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <inheritdoc/>
    public void Record(ActivityEntry entry)
    {
        if (!_waiting.Writer.TryWrite(entry))
            LogLost(_logger, 1, "Too many entries wait already.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _end.CancelAfter(JournalLimits.LastWrite);
        await _writing;
        _end.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<ActivityEntry>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < JournalLimits.Waiting && _waiting.Reader.TryRead(out var entry))
                batch.Add(entry);
            await WritePatientlyAsync(batch);
        }
    }

    private async Task WritePatientlyAsync(List<ActivityEntry> batch)
    {
        // The same keys at every try: a write whose answer was lost is not made twice.
        var data = new JsonObject();
        foreach (var entry in batch)
            data[JournalText.KeyOf(entry, _randomness.NewId(IdLength))] = JournalText.Write(entry);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await WriteAsync(data, _end.Token);
                return;
            }
            catch (KubernetesApiException e) when (tries >= JournalLimits.Pauses.Count || e is ApiForbiddenException or ResourceInvalidException)
            {
                LogLost(_logger, batch.Count, e.Message);
                return;
            }
            catch (KubernetesApiException)
            {
                await Task.Delay(JournalLimits.Pauses[tries], _time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                LogLost(_logger, batch.Count, "The controller ends.");
                return;
            }
        }
    }

    private async Task WriteAsync(JsonObject entries, CancellationToken ct)
    {
        JsonObject kept;
        try
        {
            kept = await PatchAsync(entries, ct);
        }
        catch (ResourceNotFoundException)
        {
            try
            {
                await _api.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = Name, NamespaceProperty = _namespace } }, ct);
            }
            catch (ResourceAlreadyExistsException)
            {
                // Another controller was faster.
            }
            kept = await PatchAsync(entries, ct);
        }
        var all = (kept["data"] as JsonObject ?? []).Select(p => KeyValuePair.Create(p.Key, p.Value.Text() ?? ""));
        if (JournalText.Excess(all) is { Count: > 0 } excess)
            await PatchAsync(new JsonObject(excess.Select(k => KeyValuePair.Create<string, JsonNode?>(k, null))), ct);
    }

    private Task<JsonObject> PatchAsync(JsonObject data, CancellationToken ct) =>
        _api.PatchAsync(Kind, _namespace, Name, new ObjectPatch.Merge(new JsonObject { ["data"] = data.DeepClone() }), null, ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} entries of the activity journal could not be written and are in this log alone: {Reason}")]
    private static partial void LogLost(ILogger logger, int count, string reason);
}
