namespace Tonari.Demo.Telling;

/// <summary>What a step of the demo came to.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Took">From the command to its end.</param>
/// <param name="Downtime">How long the application's client got no answer; null where that is no question.</param>
/// <param name="Bytes">Bytes that travelled between the clusters; null where that is no question.</param>
/// <param name="Check">What was found when the result was checked.</param>
/// <param name="Good">Whether the check passed.</param>
internal sealed record Step(string Name, TimeSpan Took, TimeSpan? Downtime, long? Bytes, string Check, bool Good);

/// <summary>A figure that Tonari must reach.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Limit">What it must reach, in words.</param>
/// <param name="Value">What it reached, in words.</param>
/// <param name="Met">Whether that is enough.</param>
/// <param name="Peers">What others say of themselves, for scale.</param>
internal sealed record Bar(string What, string Limit, string Value, bool Met, string Peers);

/// <summary>Everything the demo found, in order.</summary>
internal sealed class Findings
{
    public List<Step> Steps { get; } = [];

    public List<Bar> Bars { get; } = [];

    /// <summary>Further figures, worth knowing and not demanded.</summary>
    public List<(string What, string Value)> Notes { get; } = [];

    public bool AllGood => Steps.TrueForAll(step => step.Good);
}
