using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Tonari.Controller.Peers;

namespace Tonari.Controller.Gateway;

/// <summary>Bounds the connections that one neighbour, or all strangers together, may hold, so that nobody keeps the others out.</summary>
internal sealed class ConnectionGate(Admission admission)
{
    private const string Strangers = "";
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>As Kestrel's connection middleware; comes after the handshake.</summary>
    public async Task InvokeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        var key = admission.Recognise(certificate)?.Spec.Fingerprint ?? Strangers;
        var most = key == Strangers ? PeerLimits.MostStrangers : PeerLimits.MostConnections;
        try
        {
            if (_open.AddOrUpdate(key, 1, (_, open) => open + 1) > most)
                connection.Abort(new ConnectionAbortedException("Too many connections of one neighbour."));
            else
                await next(connection);
        }
        finally
        {
            _open.AddOrUpdate(key, 0, (_, open) => open - 1);
        }
    }
}
