using Tonari.Engine;

namespace Tonari.Node.Pools;

/// <summary>A pool of this node that is open.</summary>
/// <param name="Name">Its StoragePool's name.</param>
/// <param name="Path">Where it is mounted.</param>
/// <param name="Engine">Its volumes.</param>
/// <param name="Managed">Whether new volumes may be made in it; what is there already is served either way.</param>
internal sealed record NodePool(string Name, string Path, VolumePool Engine, bool Managed);

/// <summary>A volume and where it is.</summary>
internal sealed record PlacedVolume(NodePool Pool, Volume Volume);
