namespace Tonari.Web.Journal;

/// <summary>Every bound of the journal, with its reason.</summary>
internal static class JournalLimits
{
    /// <summary>Entries kept at most: weeks of what people do; more would make every look at it slow.</summary>
    public const int Entries = 1000;

    /// <summary>Length of all entries together, bytes: half of what a ConfigMap may hold, so that the API server never refuses it.</summary>
    public const int Bytes = 512 * 1024;

    /// <summary>When it is full it is emptied down to this share of both, so that not every entry after that has to drop another one.</summary>
    public const double Kept = 0.95;

    /// <summary>Refused sign-ins kept at most: whoever tries tokens must not push out what people did.</summary>
    public const int RefusedSignIns = 100;

    /// <summary>Refused sign-ins are written down at most this often; those in between are counted.</summary>
    public static readonly TimeSpan RefusedSignInPause = TimeSpan.FromSeconds(10);

    /// <summary>Longest text of an entry, characters; user names and messages are others' words.</summary>
    public const int Text = 512;

    /// <summary>Entries that wait to be written, and entries written at once: a burst of scripts. What comes while so many wait is only logged.</summary>
    public const int Waiting = 256;

    /// <summary>A write that fails is tried again after each of these; then the entries are in the log alone.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses = [TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    /// <summary>How long ending waits for what is still to be written.</summary>
    public static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(3);
}
