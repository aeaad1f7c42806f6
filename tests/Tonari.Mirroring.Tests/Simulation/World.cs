using System.Globalization;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// Two clusters in one process and one thread. All that happens comes from a list of <see cref="Happening"/>s; the same list gives the same history.
/// <see cref="Checks"/> are made after each.
/// </summary>
internal sealed class World
{
    private readonly List<string> story = [];
    private int operations;

    public World(Setup setup, Protocol rules)
    {
        Rules = rules;
        Checks = new Checks(this);
        Network = new Network(this);
        Clusters = [new Cluster(this, 0, setup), new Cluster(this, 1, setup)];
        Blue.Disk.Begin();
    }

    public static DateTimeOffset Beginning { get; } = DateTimeOffset.UnixEpoch.AddYears(50);

    public Protocol Rules { get; }

    public Checks Checks { get; }

    public Network Network { get; }

    public Ledger Ledger { get; } = new();

    public Figures Figures { get; } = new();

    public Cluster[] Clusters { get; }

    public Cluster Blue => Clusters[0];

    public Cluster Green => Clusters[1];

    public DateTimeOffset Now { get; set; } = Beginning;

    /// <summary>Whether what happens is written down in words; costs time, so only once a history has failed.</summary>
    public bool Tells { get; init; }

    /// <summary>What has happened, in words.</summary>
    public IReadOnlyList<string> Story => story;

    public void Tell(string line)
    {
        if (Tells) story.Add(string.Create(CultureInfo.InvariantCulture, $"{(Now - Beginning).TotalSeconds,8:0.000} s  {line}"));
    }

    public void Lost(string what)
    {
        Tell($"VIOLATED: {what}");
        throw new InvariantViolatedException(what);
    }

    /// <summary>One thing happens, and every invariant is checked.</summary>
    public void Apply(Happening happening)
    {
        Now += TimeSpan.FromMilliseconds(happening.Millis);
        Figures.Count(happening);
        if (happening.Kind >= HappeningKind.Crash) Disturb(happening);
        else GoOn(happening);
        Checks.All();
    }

    /// <summary>Everything goes on for a moment, as far as present faults let it; whether anything did.</summary>
    public bool Round()
    {
        var active = false;
        for (var i = 0; i < 24 && !Network.Cut && Network.Deliver(1); i++) active = true;

        foreach (var side in Clusters)
        {
            side.Watch();
            for (var turns = 0; side.Controller.Turn(); turns++)
            {
                active = true;
                if (turns > 100) Lost($"{side.Name} goes round in circles");
            }

            active |= side.Controller.ActAll() | side.Serving.Act();
        }

        foreach (var side in Clusters) ExchangeIfDue(side);
        Checks.All();
        return active;
    }

    /// <summary>A user's request, as written into the object's spec.</summary>
    public string Ask(Cluster side, MirrorOperationType type, string? keep = null, string? snapshot = null, bool confirmed = true)
    {
        var id = (++operations).ToString(CultureInfo.InvariantCulture);
        Tell($"{side.Name}: a user asks for {type}{(keep is null ? "" : $" keeping {keep}")}{(snapshot is null ? "" : $" from {snapshot}")}, request {id}");
        side.Edit(policy => policy with
        {
            Operation = new MirrorOperationRequest(id, type, snapshot, keep, confirmed ? policy.Application : null),
        });
        Figures.Count(type);
        return id;
    }

    public void Delete(Cluster side, bool force)
    {
        if (!side.Exists) return;
        Tell($"{side.Name}: a user deletes the relationship{(force ? " by force" : "")}");
        side.Edit(policy => policy with { Deleting = true, ForceDelete = policy.ForceDelete || force });
    }

    /// <summary>No more faults; the link only if wanted.</summary>
    public void Heal(bool link)
    {
        Tell(link ? "all faults end" : "all faults end, but the link is cut");
        Network.SetCut(!link);
        Network.Loosen(all: true);
        foreach (var side in Clusters)
        {
            (side.ApiDown, side.Unready, side.HookFails, side.LoseReply, side.Corrupt) = (false, false, false, false, 0);
            side.AwayUntil = Now;
            if (side.Policy.Paused) side.Edit(policy => policy with { Paused = false });
        }
    }

    private void ExchangeIfDue(Cluster side)
    {
        var pause = side.Controller.Busy ? 1 : 3;
        var since = Now - side.Views.LastExchange;
        if (since >= TimeSpan.FromSeconds(pause) || (since >= TimeSpan.FromMilliseconds(200) && side.HasNews)) side.Exchange();
    }

    private void GoOn(Happening happening)
    {
        var side = Clusters[happening.Side];
        switch (happening.Kind)
        {
            case HappeningKind.Turn:
                side.Controller.Turn();
                break;
            case HappeningKind.Act:
                if (happening.Choice % 3 == 0 || !side.Controller.Act(happening.Choice)) side.Serving.Act();
                break;
            case HappeningKind.Deliver:
                Network.Deliver(happening.Choice);
                break;
            case HappeningKind.Exchange:
                side.Exchange();
                break;
            case HappeningKind.Watch:
                side.Watch();
                break;
            case HappeningKind.Write:
                side.Disk.Write(happening.Choice);
                break;
            case HappeningKind.Flow:
                for (var i = happening.Choice % 20; i >= 0; i--) Quiet.Pass(this);
                break;
            case HappeningKind.Mend:
                Faults.Mend(this, happening.Choice);
                break;
        }
    }

    private void Disturb(Happening happening)
    {
        var side = Clusters[happening.Side];
        if (happening.IsCommand)
        {
            Users.Act(this, side, happening);
            return;
        }

        Faults.Strike(this, side, happening);
    }
}
