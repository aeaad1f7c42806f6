using Tonari.Mirroring;

namespace Tonari.Cli.Waiting;

/// <summary>What was read of a mirror at one moment.</summary>
/// <param name="At">When it was read, by this program's clock.</param>
/// <param name="RequestedOperation">Id in <c>spec.operation</c>.</param>
/// <param name="Status">Its status.</param>
/// <param name="Transfers">Its running volume transfers.</param>
internal sealed record MirrorObservation(
    DateTimeOffset At,
    string? RequestedOperation,
    MirrorStatus Status,
    IReadOnlyList<VolumeTransfer> Transfers)
{
    /// <summary>How far the running comparison of the replica is.</summary>
    public VolumeTransfer? Comparison { get; init; }
}

/// <summary>One volume's part of a running sync.</summary>
/// <param name="Key"><c>namespace/claim</c> on the original primary.</param>
/// <param name="BytesDone">Changed bytes that have arrived.</param>
/// <param name="BytesToDo">Changed bytes there are; 0 while unknown.</param>
internal sealed record VolumeTransfer(string Key, long BytesDone, long BytesToDo);
