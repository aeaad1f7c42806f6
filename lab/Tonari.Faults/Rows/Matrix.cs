using Tonari.Faults.Striking;

namespace Tonari.Faults.Rows;

/// <summary>Every row there is.</summary>
internal static class Matrix
{
    public static IReadOnlyList<FaultRow> Rows { get; } = [.. Kills(), .. Machines(), .. Links(), .. Storage()];

    /// <summary>Where it hurts most; the end-to-end tests play these.</summary>
    public static IReadOnlyList<FaultRow> Representative { get; } =
    [
        new("initial transfer", "Pulling", FaultKinds.KillNode, Side.Destination),
        new("sync", "Pulling", FaultKinds.FlipStagedByte, Side.Destination),
        new("reverse", "Holding", FaultKinds.KillController, Side.Source),
        new("reverse", "FinalSync", FaultKinds.KillNode, Side.Source),
        new("reverse", "MakingLive", FaultKinds.KillNode, Side.Destination),
        new("reverse", "AwaitingReady", FaultKinds.KillController, Side.Destination),
        new("fail over", "AwaitingReady", FaultKinds.KillBoth, Side.Destination),
        new("resync, keep the new", "SettingAside", FaultKinds.KillController, Side.Source),
        new("delete", "Deleting", FaultKinds.KillController, Side.Source),
    ];

    /// <summary>kill -9 of each of Tonari's own programs at each step of each operation, on each side.</summary>
    private static IEnumerable<FaultRow> Kills() =>
        from operation in Operations.All
        from step in operation.Steps
        from program in (string[])[FaultKinds.KillNode, FaultKinds.KillController]
        from side in (Side[])[Side.Destination, Side.Source]
        select new FaultRow(operation.Name, step, program, side);

    /// <summary>What runs beside and below Tonari.</summary>
    private static IEnumerable<FaultRow> Machines()
    {
        foreach (var operation in Operations.All)
        {
            yield return new FaultRow(operation.Name, operation.Steps[0], FaultKinds.KillCommand, operation.Actor);
            yield return new FaultRow(operation.Name, operation.Steps[operation.Steps.Count / 2], FaultKinds.KillBoth, Side.Destination);
            foreach (var side in (Side[])[Side.Destination, Side.Source])
            {
                yield return new FaultRow(operation.Name, FaultRow.EachStep, FaultKinds.KillKubelet, side);
                yield return new FaultRow(operation.Name, FaultRow.EachStep, FaultKinds.RestartEtcd, side);
                yield return new FaultRow(operation.Name, operation.Steps[operation.Steps.Count / 2], FaultKinds.Reboot, side);
            }
        }
    }

    private static IEnumerable<FaultRow> Links()
    {
        foreach (var operation in Operations.All)
        {
            // While the application is held stopped, a cut could leave it stopped on both sides.
            foreach (var step in operation.Steps.Where((name, at) => at == operation.Steps.Count / 2 || name is "Holding" or "FinalSync"))
            {
                yield return new FaultRow(operation.Name, step, FaultKinds.Cut, Side.Link);
            }

            yield return new FaultRow(operation.Name, operation.Steps[operation.Steps.Count / 2], FaultKinds.Flap, Side.Link);
            yield return new FaultRow(operation.Name, "", FaultKinds.Slow, Side.Link);
            yield return new FaultRow(operation.Name, "", FaultKinds.Loss, Side.Link);
        }
    }

    private static IEnumerable<FaultRow> Storage()
    {
        foreach (var side in (Side[])[Side.Destination, Side.Source])
        {
            yield return new FaultRow("sync", "Requesting", FaultKinds.PoolFull, side);
            yield return new FaultRow("sync", "Requesting", FaultKinds.PoolReadOnly, side);
            yield return new FaultRow("sync", "Requesting", FaultKinds.FlipDigest, side);
        }

        yield return new FaultRow("initial transfer", "Pulling", FaultKinds.FlipStagedByte, Side.Destination);
        yield return new FaultRow("sync", "Pulling", FaultKinds.FlipStagedByte, Side.Destination);
        yield return new FaultRow("sync", "Pulling", FaultKinds.FlipStagingNote, Side.Destination);
        yield return new FaultRow("initial transfer", "Pulling", FaultKinds.FlipInStream, Side.Link);
        yield return new FaultRow("sync", "Pulling", FaultKinds.FlipInStream, Side.Link);
        yield return new FaultRow("sync", "", FaultKinds.LargeObjects, Side.Source);
        yield return new FaultRow("reverse", "", FaultKinds.LargeObjects, Side.Source);
    }
}
