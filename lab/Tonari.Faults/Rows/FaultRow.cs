namespace Tonari.Faults.Rows;

/// <summary>Which of the two sides a fault strikes, as they stand when the operation is asked for.</summary>
internal enum Side
{
    /// <summary>Where the application runs.</summary>
    Source,

    /// <summary>The other one.</summary>
    Destination,

    /// <summary>What lies between them.</summary>
    Link,
}

/// <summary>One row of the matrix: this fault, on this side, when this operation has come to this step.</summary>
/// <param name="Operation">Name of the operation: <see cref="Operations"/>.</param>
/// <param name="Step">A step of it, as the mirror's status names it; <see cref="EachStep"/>; empty: the fault lasts for the whole operation.</param>
/// <param name="Fault">Name of the fault: <see cref="Striking.FaultKinds"/>.</param>
/// <param name="Side">Where it strikes.</param>
internal sealed record FaultRow(string Operation, string Step, string Fault, Side Side)
{
    /// <summary>The fault strikes again and again in the same operation, as it comes to each of its steps: it must get there by itself from the strike before.</summary>
    public const string EachStep = "each step";

    /// <summary>The fault lasts for the whole operation.</summary>
    public bool Lasts => Step.Length == 0;

    /// <summary>The steps that it is to strike in; none when it <see cref="Lasts"/>.</summary>
    public IReadOnlyList<string> Wanted => Lasts ? [] : Step == EachStep ? Operations.Of(Operation).Steps : [Step];

    /// <summary>When it strikes, in words.</summary>
    public string When => Lasts ? "throughout" : Step;

    /// <summary>In one line; results are kept under it.</summary>
    public string Title => $"{Operation} / {When} / {Fault} / {Side}";
}

/// <summary>What came of a row.</summary>
/// <param name="Title">Of the row.</param>
/// <param name="At">When it ended.</param>
/// <param name="Struck">The step that the operation was in when the fault struck; several with commas.</param>
/// <param name="Seconds">From the end of the fault to convergence: settled, served, and a fresh group snapshot next door. Null: not within the bound.</param>
/// <param name="Green">Everything held.</param>
/// <param name="Trouble">What did not; empty when green.</param>
internal sealed record RowResult(string Title, DateTimeOffset At, string Struck, double? Seconds, bool Green, string Trouble);
