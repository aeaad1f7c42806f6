using System.Globalization;

namespace Tonari.Kubernetes.Pairing;

/// <summary>The form of a gateway's address: <c>host:port</c>, where the host is a DNS name, an IPv4 address or an IPv6 address in brackets.</summary>
public static class PeerEndpoint
{
    /// <summary>Whether the text has that form.</summary>
    public static bool IsValid(string text) => TryParse(text, out _, out _);

    /// <summary>Host (IPv6 without brackets) and port.</summary>
    public static bool TryParse(string text, out string host, out int port)
    {
        host = "";
        port = 0;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || text.Length > 300
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            return false;
        host = text[..colon];
        if (host is ['[', .. var inner, ']'])
        {
            host = inner;
            return Uri.CheckHostName(inner) == UriHostNameType.IPv6;
        }
        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
    }
}
