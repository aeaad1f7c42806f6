namespace Tonari.Mirroring;

/// <summary>What the other side, being the secondary, receives at this moment. For people alone: nothing is decided by it.</summary>
/// <param name="Name">The group snapshot it will commit.</param>
/// <param name="Base">The common snapshot the difference is taken from; null: everything travels.</param>
/// <param name="StartedAt">When it began, by its clock.</param>
/// <param name="Volumes">Each volume.</param>
public sealed record PeerPull(string Name, string? Base, DateTimeOffset StartedAt, IReadOnlyList<PeerVolumePull> Volumes)
{
    /// <summary>Whether both say the same; records compare lists by reference.</summary>
    public static bool SaysTheSame(PeerPull? a, PeerPull? b) =>
        a is null || b is null
            ? a == b
            : (a.Name, a.Base, a.StartedAt) == (b.Name, b.Base, b.StartedAt) && a.Volumes.SequenceEqual(b.Volumes);
}

/// <summary>One volume of it.</summary>
/// <param name="Key"><c>namespace/claim</c> as named on the original primary.</param>
/// <param name="BytesDone">Changed bytes that are applied there.</param>
/// <param name="BytesToDo">Changed bytes there are; 0 while not known.</param>
/// <param name="WireBytes">Bytes it has received, compressed.</param>
public sealed record PeerVolumePull(string Key, long BytesDone, long BytesToDo, long WireBytes);
