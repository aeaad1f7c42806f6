using Tonari.Engine;
using Tonari.Node.Interop;

namespace Tonari.Node.Mounting;

/// <summary>Remembers, on disk, that a device was found blank and is being formatted, so that formatting goes on after a crash instead of
/// taking its half-written blocks for somebody's data.</summary>
internal sealed class FormatIntents(string directory)
{
    public bool Exists(VolumeId volume) => File.Exists(PathOf(volume));

    /// <summary>Durable when it returns.</summary>
    public void Write(VolumeId volume)
    {
        Directory.CreateDirectory(directory);
        File.Create(PathOf(volume)).Dispose();
        LinuxCalls.FlushToDisk(PathOf(volume));
        LinuxCalls.FlushToDisk(directory);
    }

    /// <summary>Durable when it returns; it has to be gone before an application can write.</summary>
    public void Remove(VolumeId volume)
    {
        if (!Exists(volume))
            return;
        File.Delete(PathOf(volume));
        LinuxCalls.FlushToDisk(directory);
    }

    private string PathOf(VolumeId volume) => Path.Combine(directory, volume.Value);
}
