using Tonari.Mirroring;

namespace Tonari.Cli.Waiting;

/// <summary>The protocol's words as a user reads them.</summary>
internal static class Words
{
    public static string Of(MirrorOperationType type) => type switch
    {
        MirrorOperationType.Sync => "Sync",
        MirrorOperationType.CancelTransfer => "Cancel transfer",
        MirrorOperationType.FailOver => "Fail over",
        MirrorOperationType.Resync => "Resync",
        MirrorOperationType.Reverse => "Reverse",
        MirrorOperationType.FailBack => "Fail back",
        MirrorOperationType.Verify => "Verify",
        _ => type.ToString(),
    };

    public static string Of(MirrorOperationStage stage) => stage switch
    {
        MirrorOperationStage.Forwarding => "Handing over to the other side",
        MirrorOperationStage.Forwarded => "The other side carries it out",
        MirrorOperationStage.AwaitingFence => "Waiting for this side to learn that it is no longer primary",
        MirrorOperationStage.SettingAside => "Stopping the application here and keeping its diverged data as a snapshot",
        MirrorOperationStage.CatchingUp => "Catching up",
        MirrorOperationStage.Holding => "Asking the primary to stop its application",
        MirrorOperationStage.FinalSync => "Transferring the last group snapshot",
        MirrorOperationStage.Promoting => "Promoting",
        MirrorOperationStage.Verifying => "Comparing the replica with its primary",
        _ => stage.ToString(),
    };

    public static string Of(MirrorVerification verification) => verification switch
    {
        { Stage: MirrorVerificationStage.Healing } => "Fetching again what differs",
        { HealedRegions: > 0 } => "Comparing once more",
        _ => Of(MirrorOperationStage.Verifying),
    };

    public static string Of(MirrorPromotionStage stage) => stage switch
    {
        MirrorPromotionStage.MakingLive => "Making the volumes live",
        MirrorPromotionStage.Applying => "Applying volumes, claims and resources",
        MirrorPromotionStage.Starting => "Starting the application",
        MirrorPromotionStage.AwaitingReady => "Waiting until the application is ready",
        MirrorPromotionStage.Hooks => "Running post-failover hooks",
        _ => stage.ToString(),
    };

    public static string Of(MirrorSyncStage stage) => stage switch
    {
        MirrorSyncStage.Requesting => "Asking the primary for a group snapshot",
        MirrorSyncStage.Pulling => "Transferring",
        MirrorSyncStage.Committing => "Committing the group snapshot",
        _ => stage.ToString(),
    };
}
