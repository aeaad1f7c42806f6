namespace Tonari.Engine;

/// <summary>Every limit of the engine, with its reason.</summary>
public static class EngineLimits
{
    /// <summary>Applications notice a filesystem that stands still for longer; databases begin to time out soon after.</summary>
    public static readonly TimeSpan DefaultFreezeTimeout = TimeSpan.FromSeconds(5);
}
