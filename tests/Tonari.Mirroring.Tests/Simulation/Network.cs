namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What travels between the clusters.</summary>
internal abstract record Letter(Cluster To, long Call);

/// <summary>A step that is a question to the neighbour.</summary>
/// <param name="To">Who is asked.</param>
/// <param name="Call">Number of the call.</param>
/// <param name="Step">What is asked.</param>
/// <param name="Epoch">The epoch the asking side follows.</param>
internal sealed record Request(Cluster To, long Call, MirrorStep Step, long Epoch) : Letter(To, Call);

/// <summary>The answer to it; null: the neighbour has no such relationship.</summary>
internal sealed record Answer(Cluster To, long Call, StepResult? Result) : Letter(To, Call);

/// <summary>One side says by itself how it stands.</summary>
internal sealed record ViewSaid(Cluster To, long Call, PeerView View) : Letter(To, Call);

/// <summary>The answer to that: how the other side stands.</summary>
internal sealed record ViewAnswered(Cluster To, long Call, PeerView View) : Letter(To, Call);

/// <summary>
/// The link: letters may be delayed without bound, overtake each other, be lost (which breaks their connection), arrive twice, or wait for the end
/// of a partition.
/// </summary>
internal sealed class Network(World world)
{
    // More than that are never under way in a history; duplicates of duplicates must not pile up.
    private const int Most = 48;

    /// <summary>A dead link is noticed after this, also in the middle of a call: two keep-alives of 5 s.</summary>
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(10);

    private readonly List<Letter> letters = [];
    private readonly List<(Letter Letter, DateTimeOffset Due)> stuck = [];
    private DateTimeOffset cutAt;
    private long calls;

    public bool Cut { get; private set; }

    /// <summary>Whether calls that wait over the link have found out that it is dead.</summary>
    public bool IsDead => Cut && world.Now - cutAt >= Noticed;

    public long NewCall() => ++calls;

    public void SetCut(bool cut)
    {
        if (Cut == cut) return;
        Cut = cut;
        cutAt = world.Now;
        world.Tell(cut ? "the link is cut" : "the link is back");
    }

    public void Post(Letter letter)
    {
        if (letters.Count >= Most) letters.RemoveAt(0);
        letters.Add(letter);
    }

    /// <summary>One letter arrives, mostly the oldest; whether there was one.</summary>
    public bool Deliver(int choice)
    {
        if (stuck.Count > 0) Loosen(all: false);
        if (Cut || letters.Count == 0) return false;
        var index = choice % 4 == 0 ? choice / 4 % letters.Count : 0;
        var letter = letters[index];
        letters.RemoveAt(index);
        letter.To.Receive(letter);
        return true;
    }

    /// <summary>A letter gets stuck for a while; whoever waits for it may have given up when it arrives.</summary>
    public void Delay(int choice)
    {
        if (letters.Count == 0) return;
        var index = choice % letters.Count;
        var due = TimeSpan.FromSeconds(1 + (choice / letters.Count % 120));
        stuck.Add((letters[index], world.Now + due));
        world.Tell($"a letter to {letters[index].To.Name} gets stuck for {due.TotalSeconds} s: {Words(letters[index])}");
        letters.RemoveAt(index);
    }

    /// <summary>What was stuck and has come loose is under way again.</summary>
    public void Loosen(bool all)
    {
        for (var i = stuck.Count - 1; i >= 0; i--)
        {
            if (!all && stuck[i].Due > world.Now) continue;
            Post(stuck[i].Letter);
            stuck.RemoveAt(i);
        }
    }

    public void Drop(int choice)
    {
        if (letters.Count == 0) return;
        var index = choice % letters.Count;
        var letter = letters[index];
        letters.RemoveAt(index);
        world.Tell($"a letter to {letter.To.Name} is lost: {Words(letter)}");

        // Whoever waits for it learns that the connection broke.
        letter.To.Controller.Break(letter.Call);
        letter.To.Other.Controller.Break(letter.Call);
    }

    public void Duplicate(int choice)
    {
        if (letters.Count == 0) return;
        var letter = letters[choice % letters.Count];
        world.Tell($"a letter to {letter.To.Name} is doubled: {Words(letter)}");
        Post(letter);
    }

    private static string Words(Letter letter) => letter switch
    {
        Request request => request.Step.Key,
        Answer answer => $"answer {answer.Result}",
        _ => "views",
    };
}

/// <summary>What one side knows of the other, kept as the controller keeps it: in memory, with what was heard last winning over older answers.</summary>
internal sealed class Views(World world)
{
    /// <summary>Time for one exchange.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private PeerView? facts;
    private PeerView? current;
    private DateTimeOffset? answeredAt;
    private DateTimeOffset? heardAt;
    private (long Call, DateTimeOffset SentAt)? asked;

    public DateTimeOffset LastExchange { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>The view, with whether the peer can be reached now.</summary>
    public PeerView? Current
    {
        get
        {
            if (facts is null) return null;
            var reachable = answeredAt is { } at && world.Now - at < MirrorLimits.PeerSilence;
            if (current is null || current.Reachable != reachable) current = facts with { Reachable = reachable };
            return current;
        }
    }

    public void Forget()
    {
        (facts, current, answeredAt, heardAt, asked) = (null, null, null, null, null);
        LastExchange = DateTimeOffset.MinValue;
    }

    /// <summary>Begins an exchange unless one is under way; whether it did.</summary>
    public bool Ask(long call)
    {
        if (asked is { } running && world.Now - running.SentAt < Patience) return false;
        asked = (call, world.Now);
        LastExchange = world.Now;
        return true;
    }

    public void Heard(PeerView view)
    {
        heardAt = world.Now;
        Set(view);
    }

    public void Answered(long call, PeerView view)
    {
        if (asked is not { } question || question.Call != call) return;
        asked = null;
        answeredAt = world.Now;
        if (heardAt is { } heard && heard >= question.SentAt) return;
        Set(view);
    }

    private void Set(PeerView view) => (facts, current) = (view, null);
}
