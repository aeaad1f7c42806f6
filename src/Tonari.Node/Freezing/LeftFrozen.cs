using Tonari.Engine;
using Tonari.Node.Mounting;

namespace Tonari.Node.Freezing;

/// <summary>At start: thaws whatever a former life of this program left frozen. Thawing what is not frozen does nothing.</summary>
internal static partial class LeftFrozen
{
    private const string LoopMajor = "7:";

    /// <param name="kubeletDirectory">Only volumes below it are ours.</param>
    /// <param name="logger">Says what was thawed.</param>
    public static void ThawAll(string kubeletDirectory, ILogger logger)
    {
        var below = MountTable.Normalise(kubeletDirectory) + "/";
        var ours = MountTable.Read()
            .Where(entry => entry.Device.StartsWith(LoopMajor, StringComparison.Ordinal) && entry.MountPoint.StartsWith(below, StringComparison.Ordinal))
            .DistinctBy(entry => entry.Device);
        foreach (var mount in ours)
        {
            try
            {
                if (FrozenFileSystem.Thaw(mount.MountPoint))
                    LogThawed(logger, mount.MountPoint);
            }
            catch (EngineException error)
            {
                LogNotThawed(logger, error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "'{MountPoint}' was left frozen and is thawed")]
    private static partial void LogThawed(ILogger logger, string mountPoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "Not thawed: {Reason}")]
    private static partial void LogNotThawed(ILogger logger, string reason);
}
