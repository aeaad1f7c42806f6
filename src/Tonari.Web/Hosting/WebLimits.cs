namespace Tonari.Web.Hosting;

/// <summary>Every bound of the web server, with its reason.</summary>
internal static class WebLimits
{
    /// <summary>Connections at a time: browsers hold one or two each, scripts one. The controller's memory must not grow with strangers.</summary>
    public const int Connections = 256;

    /// <summary>Open circuits and event streams among them.</summary>
    public const int UpgradedConnections = 128;

    /// <summary>Largest request: forms and small JSON documents, bytes.</summary>
    public const long RequestBody = 128 * 1024;

    /// <summary>TLS has to be agreed on in this time.</summary>
    public static readonly TimeSpan Handshake = TimeSpan.FromSeconds(10);

    /// <summary>An event stream says at least this often that it is alive: proxies cut what is silent for a minute.</summary>
    public static readonly TimeSpan EventHeartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Entries of the activity that one answer holds at most.</summary>
    public const int Activity = 2000;
}
