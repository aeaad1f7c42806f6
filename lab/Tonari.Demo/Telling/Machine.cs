using System.Globalization;
using System.Runtime.InteropServices;

namespace Tonari.Demo.Telling;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static IReadOnlyList<(string What, string Value)> Describe() =>
    [
        ("processor", $"{Field("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores for two clusters, both PostgreSQLs and the writer"),
        ("memory", MemoryText()),
        ("kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
        ("system", Field("/etc/os-release", "PRETTY_NAME").Trim('"')),
        (".NET", RuntimeInformation.FrameworkDescription),
        ("clusters", "Kubernetes 1.20.2, etcd 3.4, containerd 1.6; one node each, both on this machine"),
        ("pools", $"{Environment.GetEnvironmentVariable("POOL_FS") ?? "btrfs"} on a file over loop, on this machine's one disk"),
    ];

    private static string MemoryText()
    {
        var kibibytes = long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{kibibytes / 1024.0 / 1024.0:0.0} GiB");
    }

    // "model name : X" and "PRETTY_NAME=X" alike.
    private static string Field(string file, string name)
    {
        var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "unknown" : line[(line.IndexOfAny([':', '=']) + 1)..].Trim();
    }
}
