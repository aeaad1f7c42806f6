using Tonari.Web.Views;

namespace Tonari.Web.Journal;

/// <summary>Who came in, who left, and who was not let in. Of many refusals at a time, one is written down with the number of the others.</summary>
internal sealed class SignInJournal(IActivityJournal journal, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private int _others;

    /// <summary>Somebody came in.</summary>
    /// <param name="user">His name.</param>
    /// <param name="how">By what, in English.</param>
    public void Entered(string user, string how) =>
        journal.Record(new ActivityEntry(time.GetUtcNow(), user, ActivityKind.SignIn, ActivityOutcome.Succeeded) { Message = how });

    /// <summary>Somebody left.</summary>
    public void Left(string user) => journal.Record(new ActivityEntry(time.GetUtcNow(), user, ActivityKind.SignOut, ActivityOutcome.Succeeded));

    /// <summary>Somebody was not let in.</summary>
    /// <param name="user">Who he says he is, where that is vouched for; null otherwise.</param>
    /// <param name="reason">Why not, a sentence in English.</param>
    /// <param name="from">Address he came from.</param>
    public void Refused(string? user, string reason, string? from)
    {
        var now = time.GetUtcNow();
        int others;
        lock (_lock)
        {
            if (now < _next)
            {
                _others++;
                return;
            }
            (_next, others, _others) = (now + JournalLimits.RefusedSignInPause, _others, 0);
        }
        var more = others == 0 ? "" : $" {others} more were refused since the last entry.";
        journal.Record(new ActivityEntry(now, user, ActivityKind.SignIn, ActivityOutcome.Refused) { Message = $"{reason} From {from ?? "an unknown address"}.{more}" });
    }
}
