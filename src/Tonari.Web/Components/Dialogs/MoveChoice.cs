using Tonari.Mirroring;
using Tonari.Web.Actions;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Dialogs;

/// <summary>What somebody has decided in a dialog.</summary>
/// <param name="Kind">What is to be done.</param>
/// <param name="Operation">As a request; null where it is none.</param>
/// <param name="Force">Delete without waiting for the other side.</param>
/// <param name="KeepReplicaVolumes">Delete, and keep the secondary's volumes.</param>
public sealed record MoveChoice(MirrorMoveKind Kind, OperationRequest? Operation, bool Force = false, bool KeepReplicaVolumes = false)
{
    /// <summary>The operation that a button stands for; null for those that are none.</summary>
    public static MirrorOperationType? TypeOf(MirrorMoveKind kind) => Enum.TryParse<MirrorOperationType>(kind.ToString(), out var type) ? type : null;

    /// <summary>Writes of one side are set aside: the application's name has to be typed.</summary>
    public static bool IsTyped(MirrorMoveKind kind) => kind is MirrorMoveKind.Resync or MirrorMoveKind.FailBack;
}
