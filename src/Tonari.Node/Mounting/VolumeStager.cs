using Tonari.Engine;
using Tonari.Node.Interop;
using Tonari.Node.Pools;

namespace Tonari.Node.Mounting;

/// <summary>How a volume is to be seen on this node.</summary>
/// <param name="Block">A raw block device instead of a filesystem.</param>
/// <param name="FileSystem">The filesystem's type; the default where empty.</param>
/// <param name="Options">Mount options.</param>
/// <param name="ReadOnly">No writes.</param>
internal sealed record VolumeView(bool Block, string FileSystem, IReadOnlyList<string> Options, bool ReadOnly);

/// <summary>Attaches, formats, checks and mounts volumes at kubelet's staging paths. Every step looks at the kernel first, so it can be repeated
/// after any crash. Once begun, a step is not cancelled: a filesystem tool stopped half-way leaves damage.</summary>
internal sealed partial class VolumeStager(FormatIntents intents, ILogger<VolumeStager> logger)
{
    /// <exception cref="StagingRefusedException">The volume or the path is in no state for it; the message says why.</exception>
    public async Task StageAsync(PlacedVolume placed, string stagingPath, VolumeView view, CancellationToken ct)
    {
        var (pool, volume) = placed;
        RequireLive(volume);
        // The device itself is always writable: even a read-only mount may have to replay the journal.
        var attachment = await pool.Engine.Attachments.AttachAsync(volume.Id, readOnly: view.Block && view.ReadOnly, ct);
        if (view.Block)
            return;
        var device = attachment.DevicePath;
        if (!ClearForMount(stagingPath, BlockDevice.Number(device), view))
            await MountAsync(volume.Id, device, stagingPath, view, ct);
    }

    /// <summary>Unmounts and detaches; not staged: succeeds.</summary>
    public static async Task UnstageAsync(NodePool? holder, VolumeId volume, string stagingPath, CancellationToken ct)
    {
        UnmountAll(stagingPath);
        if (holder is not null)
            await DetachUnusedAsync(holder, volume, ct);
    }

    /// <summary>Frees the volume's block device if nobody uses it; not attached: succeeds.</summary>
    /// <exception cref="StagingRefusedException">It is mounted, or shown to a pod as a raw block device.</exception>
    public static async Task DetachUnusedAsync(NodePool pool, VolumeId volume, CancellationToken ct)
    {
        if (await pool.Engine.Attachments.FindAsync(volume, ct) is not { } attachment)
            return;
        if (UsesOf(attachment.DevicePath) is [var use, ..])
            throw new StagingRefusedException($"Volume {volume} is in use at '{use.MountPoint}'; stop the pod that uses it first.");
        await pool.Engine.Attachments.DetachAsync(volume, ct);
    }

    /// <summary>The mounts that show a device or its filesystem.</summary>
    public static IReadOnlyList<MountEntry> UsesOf(string device)
    {
        var number = BlockDevice.Number(device);
        var node = "/" + Path.GetFileName(device);
        return [.. MountTable.Read().Where(entry => entry.Device == number || IsNodeMount(entry, node))];
    }

    /// <summary>A bind mount of a device node shows that node as its root within devtmpfs.</summary>
    public static bool IsNodeMount(MountEntry entry, string node) => entry.FileSystem == "devtmpfs" && entry.Root == node;

    public static void UnmountAll(string path)
    {
        while (MountTable.Read().At(path) is not null && LinuxCalls.TryUnmount(path, lazily: false))
        {
        }
    }

    /// <returns>True where the volume is mounted there already, as asked.</returns>
    private bool ClearForMount(string stagingPath, string number, VolumeView view)
    {
        while (MountTable.Read().At(stagingPath) is { } there)
        {
            if (there.Device == number)
            {
                if (there.ReadOnly != view.ReadOnly || (view.FileSystem.Length > 0 && there.FileSystem != view.FileSystem))
                    throw new AlreadyStagedOtherwiseException($"The volume is staged at '{stagingPath}' as {there.FileSystem}, {(there.ReadOnly ? "read-only" : "writable")}.");
                return true;
            }

            if (!BlockDevice.IsDeadLoop(there.Device))
                throw new StagingRefusedException($"Another device ({there.Device}) is mounted at '{stagingPath}'; unstage that volume first.");
            LogDeadMount(stagingPath, there.Device);
            LinuxCalls.TryUnmount(stagingPath, lazily: true);
        }

        return false;
    }

    private async Task MountAsync(VolumeId volume, string device, string stagingPath, VolumeView view, CancellationToken ct)
    {
        var (type, usedBytes) = await PrepareFileSystemAsync(volume, device, view, ct);
        Directory.CreateDirectory(stagingPath);
        var options = MountOptions.Parse([.. FileSystemTypes.OptionsOf(type), .. view.Options]);
        var flags = view.ReadOnly ? options.Flags | MountFlags.ReadOnly : options.Flags;
        LinuxCalls.Mount(device, stagingPath, type, flags, options.Data);
        if (flags.HasFlag(MountFlags.ReadOnly) || usedBytes >= BlockDevice.SizeBytes(device))
            return;
        // The volume has grown since, or was restored larger than its source.
        try
        {
            await FileSystemTools.GrowAsync(type, device, stagingPath);
        }
        catch (OnlineGrowthRefusedException)
        {
            LinuxCalls.TryUnmount(stagingPath, lazily: false);
            await FileSystemTools.GrowUnmountedExt4Async(device);
            LinuxCalls.Mount(device, stagingPath, type, flags, options.Data);
        }
    }

    /// <summary>Formats what is blank, checks what is not, refuses what is foreign.</summary>
    private async Task<(string Type, long UsedBytes)> PrepareFileSystemAsync(VolumeId volume, string device, VolumeView view, CancellationToken ct)
    {
        var content = await DeviceProbe.ReadAsync(device, ct);
        if (content.Kind == DeviceContentKind.FileSystem)
        {
            if (view.FileSystem.Length > 0 && view.FileSystem != content.Name)
                throw new StagingRefusedException($"Volume {volume} holds {content.Name}, not {view.FileSystem}; it is not formatted anew.");
            intents.Remove(volume);
            await FileSystemTools.CheckAsync(content.Name, device);
            return (content.Name, content.FileSystemBytes);
        }

        var interrupted = intents.Exists(volume);
        if (content.Kind == DeviceContentKind.Foreign && !interrupted)
            throw new StagingRefusedException($"Volume {volume} holds {content.Name}; it is neither mounted nor formatted. Use it as a raw block volume, or take a new volume.");
        var type = FileSystemTypes.OrDefault(view.FileSystem);
        intents.Write(volume);
        await FileSystemTools.MakeAsync(type, device, interrupted);
        intents.Remove(volume);
        LogFormatted(volume, type);
        return (type, BlockDevice.SizeBytes(device));
    }

    private static void RequireLive(Volume volume)
    {
        if (!volume.HasLive)
        {
            throw new StagingRefusedException(
                $"Volume {volume.Id} is the secondary side of a mirror and has no live image to mount; fail over or reverse the mirror to make it live.");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Volume {Volume} was blank and is now formatted with {Type}")]
    private partial void LogFormatted(VolumeId volume, string type);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mount at {Path} shows device {Device}, which is gone; it is taken away and mounted again")]
    private partial void LogDeadMount(string path, string device);
}

/// <summary>A volume cannot be staged or published in the state it is in; the message says why and what to do.</summary>
internal sealed class StagingRefusedException(string message) : Exception(message);

/// <summary>It is there already, but not as asked.</summary>
internal sealed class AlreadyStagedOtherwiseException(string message) : Exception(message);
