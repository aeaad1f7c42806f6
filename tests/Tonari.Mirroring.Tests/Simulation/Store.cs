using System.Collections.Immutable;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// What one side keeps on its disks and runs on its nodes. A volume's content is the list of rows that were acknowledged on it, which is
/// all the protocol must not lose. Survives crashes.
/// </summary>
internal sealed class Store
{
    public ImmutableList<int>? Live { get; set; }

    /// <summary>The snapshot the live image was cloned from; null for volumes that began here.</summary>
    public string? LiveOrigin { get; set; }

    public bool ApplicationRuns { get; set; }

    public Dictionary<string, ImmutableList<int>> Snapshots { get; } = [];

    public Dictionary<string, ImmutableList<int>> Diverged { get; } = [];

    public (string Name, ImmutableList<int> Content)? Staged { get; set; }
}
