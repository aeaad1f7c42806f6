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

    /// <summary>The figures as the lines of a report.</summary>
    public string InWords(TimeSpan elapsed)
    {
        var kinds = Enum.GetValues<HappeningKind>().Where(kind => new Happening(kind, 0, 0, 0).IsFault);
        return string.Join(Environment.NewLine,
        [
            Line($"{Histories:N0} histories in {elapsed:h\\:mm\\:ss}, {Histories / Math.Max(0.001, elapsed.TotalSeconds):N0} a second; {Seconds / 86_400 / 365.25:N1} years of operation"),
            Line($"{Happenings:N0} events, {Decisions:N0} decisions, {Steps:N0} steps, {Writes:N0} status writes and {Conflicts:N0} that failed"),
            Line($"{Acknowledged:N0} acknowledged writes, {Snapshots:N0} group snapshots taken and {Commits:N0} committed"),
            Line($"{FailOvers:N0} fail-overs, {Handovers:N0} planned promotions"),
            Line($"{Commands:N0} commands: {string.Join(", ", Enum.GetValues<MirrorOperationType>().Select(type => Line($"{type} {this[type]:N0}")))}"),
            Line($"{Faults:N0} faults: {string.Join(", ", kinds.Select(kind => Line($"{kind} {this[kind]:N0}")))}"),
        ]);
    }

    private static string Line(FormattableString text) => text.ToString(System.Globalization.CultureInfo.InvariantCulture);

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
