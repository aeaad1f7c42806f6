using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Views;

namespace Tonari.Web.Changes;

/// <summary>How fast the running transfers are, from what the copies have told. Forgets a mirror as soon as nothing of it is transferred.</summary>
internal sealed class TransferRates
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Dictionary<string, TransferRate>> _rates = [];
    private readonly TimeProvider _time;

    /// <summary>To be made before the copy runs.</summary>
    public TransferRates(Informer<AppMirror> mirrors, TimeProvider time)
    {
        _time = time;
        mirrors.Subscribe(change => Observe(ObjectKey.Of(change.Value), change.New is { } mirror ? RunningTransfers.Of(mirror) : []));
    }

    /// <summary>Bytes per second of a volume; 0 where nothing is known yet.</summary>
    public double Of(ObjectKey mirror, string volume)
    {
        lock (_lock)
            return _rates.GetValueOrDefault(mirror)?.GetValueOrDefault(volume)?.BytesPerSecond ?? 0;
    }

    private void Observe(ObjectKey mirror, IReadOnlyList<MirrorTransfer> transfers)
    {
        lock (_lock)
        {
            if (transfers.Count == 0)
            {
                _rates.Remove(mirror);
                return;
            }
            var known = _rates.GetValueOrDefault(mirror) ?? [];
            // Only what is transferred now is kept.
            _rates[mirror] = transfers.GroupBy(t => t.Key).ToDictionary(t => t.Key, t =>
            {
                var rate = known.GetValueOrDefault(t.Key) ?? new TransferRate();
                rate.Observe(_time.GetUtcNow(), t.First().BytesDone);
                return rate;
            });
        }
    }
}
