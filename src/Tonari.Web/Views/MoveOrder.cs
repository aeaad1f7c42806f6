namespace Tonari.Web.Views;

/// <summary>Which moves a reader meets first.</summary>
/// <param name="First">What is most likely wanted as things are.</param>
/// <param name="Others">What else there is.</param>
public sealed record MoveOrder(IReadOnlyList<MirrorMove> First, IReadOnlyList<MirrorMove> Others)
{
    private static readonly MirrorMoveKind[] Parted = [MirrorMoveKind.Resync, MirrorMoveKind.FailBack];
    private static readonly MirrorMoveKind[] Together = [MirrorMoveKind.FailOver, MirrorMoveKind.Reverse, MirrorMoveKind.Sync];

    /// <summary>Orders them.</summary>
    public static MoveOrder Of(IReadOnlyList<MirrorMove> moves)
    {
        // Of pause and resume only the one that means something.
        var meant = moves.Where(m => m.Kind is not (MirrorMoveKind.Pause or MirrorMoveKind.Resume) || m.Hindrance is not (MoveHindrance.Paused or MoveHindrance.NotPaused)).ToList();
        var usual = moves.Any(m => m is { Kind: MirrorMoveKind.Reverse, Hindrance: MoveHindrance.FailedOver }) ? Parted : Together;
        var first = meant.Where(m => usual.Contains(m.Kind) || (m is { Hindrance: null, Kind: MirrorMoveKind.FailBack or MirrorMoveKind.Resume or MirrorMoveKind.FailOver }))
            .OrderBy(m => m.Hindrance is not null).ThenBy(m => Array.IndexOf(usual, m.Kind) is var at && at < 0 ? usual.Length : at).ToList();
        return new MoveOrder(first, [.. meant.Except(first)]);
    }
}
