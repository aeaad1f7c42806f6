using Tonari.Engine.Interop;

namespace Tonari.Engine.Transfer;

/// <summary>What replication leaves free of a pool (<see cref="EngineLimits.MostReserve"/>).</summary>
internal static class PoolReserve
{
    /// <summary>Bytes that may still be received into a pool on this file system; 0 where none.</summary>
    public static long RoomFor(FileSystemFacts facts) => Math.Max(0, facts.Available - Of(facts));

    /// <summary>The reserve of a pool on this file system, bytes.</summary>
    public static long Of(FileSystemFacts facts) => Math.Min(facts.Capacity / 20, EngineLimits.MostReserve);
}
