using System.Globalization;

namespace Tonari.Node.Mounting;

/// <summary>What sysfs says of a block device.</summary>
internal static class BlockDevice
{
    private const int SectorBytes = 512;

    /// <summary>Size in bytes.</summary>
    public static long SizeBytes(string device) => long.Parse(Attribute(device, "size"), CultureInfo.InvariantCulture) * SectorBytes;

    /// <summary>"major:minor", as mountinfo writes it.</summary>
    public static string Number(string device) => Attribute(device, "dev");

    /// <summary>Whether the number is a loop device's, and that device has lost its file: a mount of it shows nothing any more.</summary>
    public static bool IsDeadLoop(string number)
    {
        const string LoopMajor = "7:"; // Documentation/admin-guide/devices.txt
        if (!number.StartsWith(LoopMajor, StringComparison.Ordinal))
            return false;
        var file = $"/sys/dev/block/{number}/loop/backing_file";
        return !File.Exists(file) || File.ReadAllText(file).TrimEnd().EndsWith("(deleted)", StringComparison.Ordinal);
    }

    private static string Attribute(string device, string name) =>
        File.ReadAllText($"/sys/class/block/{Path.GetFileName(device)}/{name}").Trim();
}
