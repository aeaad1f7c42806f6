namespace Tonari.Web.Session;

/// <summary>Every bound of a session, with its reason.</summary>
internal static class SessionLimits
{
    /// <summary>A session nobody uses ends: an unattended screen at lunch.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(60);

    /// <summary>However much it is used, a session ends: one working day.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    /// <summary>A session by an issuer lasts at least this long, however short its ID token: some live for a minute. Whoever the issuer no longer knows is out after it.</summary>
    public static readonly TimeSpan ShortestOidc = TimeSpan.FromHours(1);

    /// <summary>An issuer answers in this time or not at all: somebody waits before a browser.</summary>
    public static readonly TimeSpan Issuer = TimeSpan.FromSeconds(10);

    /// <summary>An open page looks this often whether its token still works.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    /// <summary>Pages whose connection was lost and that wait for it to come back; each keeps its memory meanwhile.</summary>
    public const int LostPages = 16;

    /// <summary>How long they wait: a walk to another meeting room. A page that comes later is made anew, with what was typed.</summary>
    public static readonly TimeSpan LostPageWait = TimeSpan.FromMinutes(5);

    /// <summary>A page's connection says this often that it is alive; tonari.js does the same.</summary>
    public static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    /// <summary>A connection silent for this long is lost: three signs of life missing in a row are no hiccup.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Longest draft that a browser is asked to keep, characters: a form of a few hundred lines. Blazor takes at most 32 KiB from a browser at a time.
    /// </summary>
    public const int Draft = 8 * 1024;

    /// <summary>A new key is made when the newest one ends within this time: sessions and forms made with the old one are long over by then.</summary>
    public static readonly TimeSpan KeyRenewal = TimeSpan.FromDays(14);

    /// <summary>The keys are looked at this often: some hundred times before one of them ends.</summary>
    public static readonly TimeSpan KeyLook = TimeSpan.FromHours(6);

    /// <summary>A new key is used after this time: until then every controller has looked, and the framework, which keeps its view for a day, too.</summary>
    public static readonly TimeSpan KeySpread = TimeSpan.FromDays(2);

    /// <summary>How long a key is used.</summary>
    public static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(90);
}
