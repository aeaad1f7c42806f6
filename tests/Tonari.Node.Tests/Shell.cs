using System.Diagnostics;

namespace Tonari.Node.Tests;

/// <summary>Runs the machine's own tools.</summary>
internal static class Shell
{
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}");
    }
}

/// <summary>A directory below /tmp with whatever is mounted in it; everything is gone at the end.</summary>
internal sealed class Workshop : IDisposable
{
    private readonly List<string> _mounts = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("tonari-node-").FullName;

    /// <summary>Makes and mounts a filesystem in a file.</summary>
    public string Mount(string kind, string name, long bytes)
    {
        var image = Path.Combine(Root, name.Replace('/', '-') + ".img");
        using (var file = File.Create(image))
            file.SetLength(bytes);
        Shell.Run($"mkfs.{kind}", "-q", image);
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(path);
        Shell.Run("mount", "-o", "loop", image, path);
        _mounts.Add(path);
        return path;
    }

    public void Dispose()
    {
        foreach (var path in Enumerable.Reverse(_mounts))
            Shell.Run("umount", path);
        Directory.Delete(Root, recursive: true);
    }
}
