namespace Tonari.Lab;

/// <summary>Where the lab's scripts and files are.</summary>
public static class LabPaths
{
    /// <summary>The checkout that this program was built from.</summary>
    public static string Repository { get; } = Above(AppContext.BaseDirectory);

    /// <summary>The folder of a running lab: <c>$TONARI_LAB</c>, or where the scripts put it.</summary>
    public static string Running { get; } = Environment.GetEnvironmentVariable("TONARI_LAB") ?? "/var/lib/tonari-lab";

    /// <summary>The command line, as built with this program.</summary>
    public static string Tonari { get; } = Path.Combine(
        Repository, "src", "Tonari.Cli", "bin", Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!), "net10.0", "tonari");

    /// <summary>A script of the lab.</summary>
    public static string Script(string name) => Path.Combine(Repository, "lab", name);

    /// <summary>The text of a manifest.</summary>
    public static string Manifest(string name) => File.ReadAllText(Path.Combine(Repository, "lab", "manifests", name));

    private static string Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Tonari.slnx"))) return at.FullName;
        }

        throw new DirectoryNotFoundException($"{folder} is not inside a checkout of Tonari; run this program from where it was built.");
    }
}
