using Tonari.Engine;
using Tonari.Node.Interop;
using Tonari.Node.Pools;

namespace Tonari.Node.Mounting;

/// <summary>Shows a staged volume at a pod's path: a bind mount of the staged filesystem, or of the device node for raw block.</summary>
internal static class VolumePublisher
{
    /// <exception cref="StagingRefusedException">The volume is not staged, or another pod has it for itself.</exception>
    public static async Task PublishAsync(PlacedVolume placed, string stagingPath, string targetPath, VolumeView view, bool exclusive, CancellationToken ct)
    {
        var id = placed.Volume.Id;
        var attachment = await placed.Pool.Engine.Attachments.FindAsync(id, ct)
            ?? throw new StagingRefusedException($"Volume {id} is not attached on this node; stage it first.");
        if (exclusive)
            RequireNoOtherTarget(id, attachment.DevicePath, stagingPath, targetPath);
        if (view.Block)
            PublishDevice(attachment.DevicePath, targetPath);
        else
            PublishFileSystem(id, BlockDevice.Number(attachment.DevicePath), stagingPath, targetPath, view.ReadOnly);
    }

    /// <summary>Takes the mount and its mount point away; not published: succeeds.</summary>
    public static void Unpublish(string targetPath)
    {
        VolumeStager.UnmountAll(targetPath);
        // Not recursive: if something is still there, it is not ours to delete.
        if (Directory.Exists(targetPath))
            Directory.Delete(targetPath);
        else if (Path.Exists(targetPath))
            File.Delete(targetPath);
    }

    private static void PublishFileSystem(VolumeId id, string number, string stagingPath, string targetPath, bool readOnly)
    {
        if (MountTable.Read().At(stagingPath)?.Device != number)
            throw new StagingRefusedException($"Volume {id} is not mounted at '{stagingPath}'; stage it first.");
        var there = ClearUnless(targetPath, entry => entry.Device == number);
        if (there is { ReadOnly: true } && !readOnly)
            throw new AlreadyStagedOtherwiseException($"Volume {id} is published read-only at '{targetPath}'.");
        if (there is null)
        {
            Directory.CreateDirectory(targetPath);
            LinuxCalls.Mount(stagingPath, targetPath, null, MountFlags.Bind, null);
        }

        // mount(2) makes a bind mount read-only in a second step; a crash between the two is mended here.
        if (readOnly && there is not { ReadOnly: true })
            LinuxCalls.Mount("none", targetPath, null, MountFlags.Bind | MountFlags.Remount | MountFlags.ReadOnly, null);
    }

    private static void PublishDevice(string device, string targetPath)
    {
        var node = "/" + Path.GetFileName(device);
        if (ClearUnless(targetPath, entry => VolumeStager.IsNodeMount(entry, node)) is not null)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(MountTable.Normalise(targetPath))!);
        File.Open(targetPath, FileMode.OpenOrCreate).Dispose();
        LinuxCalls.Mount(device, targetPath, null, MountFlags.Bind, null);
    }

    /// <summary>Takes away mounts of devices that are gone (a node that was started again gave the volume another one).</summary>
    private static MountEntry? ClearUnless(string targetPath, Func<MountEntry, bool> isWanted)
    {
        while (MountTable.Read().At(targetPath) is { } there)
        {
            if (isWanted(there))
                return there;
            if (there.FileSystem != "devtmpfs" && !BlockDevice.IsDeadLoop(there.Device))
                throw new StagingRefusedException($"Another filesystem ({there.Device}) is mounted at '{targetPath}'; unpublish it first.");
            LinuxCalls.TryUnmount(targetPath, lazily: true);
        }

        return null;
    }

    private static void RequireNoOtherTarget(VolumeId id, string device, string stagingPath, string targetPath)
    {
        string[] expected = [MountTable.Normalise(stagingPath), MountTable.Normalise(targetPath)];
        if (VolumeStager.UsesOf(device).FirstOrDefault(entry => !expected.Contains(entry.MountPoint)) is { } other)
            throw new StagingRefusedException($"Volume {id} may be used by one pod at a time and is published at '{other.MountPoint}'.");
    }
}
