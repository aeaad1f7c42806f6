namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What histories consisted of, added up.</summary>
internal sealed class Figures
{
    private readonly long[] happenings = new long[Enum.GetValues<HappeningKind>().Length];
    private readonly long[] operations = new long[Enum.GetValues<MirrorOperationType>().Length];

    public long Histories { get; set; }

    /// <summary>Times that a worker asked the rules what to do.</summary>
    public long Decisions { get; set; }

    /// <summary>Steps begun.</summary>
    public long Steps { get; set; }

    /// <summary>Status writes of workers.</summary>
    public long Writes { get; set; }

    /// <summary>Status writes that met a newer version, an API server that was away, or came too late.</summary>
    public long Conflicts { get; set; }

    /// <summary>Group snapshots taken.</summary>
    public long Snapshots { get; set; }

    /// <summary>Group snapshots that were received, verified and committed.</summary>
    public long Commits { get; set; }

    /// <summary>Promotions without the peer's consent.</summary>
    public long FailOvers { get; set; }

    /// <summary>Promotions that the peer had agreed to.</summary>
    public long Handovers { get; set; }

    /// <summary>Writes of the application that were acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Time that passed in the histories, seconds.</summary>
    public double Seconds { get; set; }

    public long Happenings => happenings.Sum();

    public long Faults => Enum.GetValues<HappeningKind>().Where(kind => new Happening(kind, 0, 0, 0).IsFault).Sum(kind => happenings[(int)kind]);

    public long Commands => operations.Sum();

    public long this[HappeningKind kind] => happenings[(int)kind];

    public long this[MirrorOperationType type] => operations[(int)type];

    public void Count(Happening happening) => happenings[(int)happening.Kind]++;

    public void Count(MirrorOperationType type) => operations[(int)type]++;

    public void Add(Figures more)
    {
        for (var i = 0; i < happenings.Length; i++) happenings[i] += more.happenings[i];
        for (var i = 0; i < operations.Length; i++) operations[i] += more.operations[i];
        Histories += more.Histories;
        Decisions += more.Decisions;
        Steps += more.Steps;
        Writes += more.Writes;
        Conflicts += more.Conflicts;
        Snapshots += more.Snapshots;
        Commits += more.Commits;
        FailOvers += more.FailOvers;
        Handovers += more.Handovers;
        Acknowledged += more.Acknowledged;
        Seconds += more.Seconds;
    }
}
