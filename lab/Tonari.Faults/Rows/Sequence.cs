namespace Tonari.Faults.Rows;

/// <summary>The order in which rows are played: each where the one before ended, as far as there are such, so that little time goes into getting there.</summary>
internal static class Sequence
{
    /// <summary>Takes the next row.</summary>
    /// <param name="left">What is to be played; the row that is taken is removed.</param>
    /// <param name="state">What the relationship is.</param>
    public static FaultRow Take(List<FaultRow> left, Before state)
    {
        // From Established two kinds of row lead on to where others begin; they come first while there are such others.
        string? towards = state != Before.Established ? null
            : left.Exists(row => Begins(row) == Before.FailedOver) ? "fail over"
            : left.Exists(row => Begins(row) == Before.Nothing) ? "delete"
            : null;
        var at = towards is null ? -1 : left.FindIndex(row => row.Operation == towards);
        if (at < 0) at = left.FindIndex(row => Begins(row) == state);
        if (at < 0) at = 0;
        var taken = left[at];
        left.RemoveAt(at);
        return taken;
    }

    /// <summary>What a relationship is once a row has been played to its end.</summary>
    public static Before Ends(FaultRow row) => Operations.Of(row.Operation).After switch
    {
        After.Gone => Before.Nothing,
        After.FailedOver => Before.FailedOver,
        _ => Before.Established,
    };

    private static Before Begins(FaultRow row) => Operations.Of(row.Operation).Before;
}
