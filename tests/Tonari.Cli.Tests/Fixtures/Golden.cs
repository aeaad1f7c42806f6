using System.Runtime.CompilerServices;

namespace Tonari.Cli.Tests.Fixtures;

/// <summary>Texts kept beside the tests. With TONARI_REGENERATE=1 they are written anew; review the difference.</summary>
internal static class Golden
{
    public static void Matches(string name, string text, [CallerFilePath] string caller = "") =>
        FileMatches(Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name + ".txt"), text);

    public static void FileMatches(string path, string text)
    {
        if (Environment.GetEnvironmentVariable("TONARI_REGENERATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return;
        }

        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        text.ShouldBe(expected, $"{Path.GetFileName(path)} differs. If the change is wanted, run the tests with TONARI_REGENERATE=1 and review the difference.");
    }

    /// <summary>The root of the repository, from the path this file was compiled at.</summary>
    public static string Root() => Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
