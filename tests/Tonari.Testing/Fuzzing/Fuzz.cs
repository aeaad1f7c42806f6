using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tonari.Testing.Fuzzing;

/// <summary>
/// Tries cases for a bounded time, each from its own random numbers: FUZZ_SECONDS (3 where not said) of the cases that follow from FUZZ_SEED
/// (1 where not said, so that whether a change passes depends on the change alone); FUZZ_CASE does one of them again.
/// What a case has found belongs into the folder <c>Corpus</c> beside its test, where every run begins.
/// </summary>
internal static class Fuzz
{
    /// <summary>A case that takes longer hangs.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static TimeSpan Budget => TimeSpan.FromSeconds(Number<double>("FUZZ_SECONDS") ?? 3);

    /// <summary>Runs <paramref name="one"/> until the time is over.</summary>
    /// <param name="say">Is told the seed and how many cases there were.</param>
    /// <param name="one">A case: everything it does follows from the random numbers.</param>
    public static async Task RunAsync(Action<string> say, Func<Random, Task> one)
    {
        var seed = Number<int>("FUZZ_SEED") ?? 1;
        say($"FUZZ_SEED={seed}");
        if (Number<int>("FUZZ_CASE") is { } only)
        {
            await one(new Random(unchecked((seed * 31) + only)));
            return;
        }
        var started = TimeProvider.System.GetTimestamp();
        var cases = 0;
        for (; TimeProvider.System.GetElapsedTime(started) < Budget; cases++)
        {
            try
            {
                await one(new Random(unchecked((seed * 31) + cases))).WaitAsync(Longest);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"FUZZ_SEED={seed} FUZZ_CASE={cases} does it again: {e.Message}", e);
            }
        }
        say($"{cases} cases");
        if (cases == 0)
            throw new InvalidOperationException("Not one case was tried.");
    }

    /// <summary>Runs a check on an input and, where it finds something, keeps the input in the folder that FUZZ_FINDINGS names.</summary>
    public static async Task OnAsync(byte[] input, Func<byte[], Task> check)
    {
        try
        {
            await check(input);
        }
        catch when (Environment.GetEnvironmentVariable("FUZZ_FINDINGS") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, Guid.NewGuid().ToString("N")), input);
            throw;
        }
    }

    /// <summary>The past findings of a kind: files in Corpus/KIND beside the calling test, and in folders of it. A finding's name is its path from there.</summary>
    public static IReadOnlyList<(string Name, byte[] Content)> Corpus(string kind, [CallerFilePath] string caller = "")
    {
        var folder = Path.Combine(Path.GetDirectoryName(caller)!, "Corpus", kind);
        return
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => (Path.GetRelativePath(folder, file), File.ReadAllBytes(file))),
        ];
    }

    /// <summary>The past finding of this name.</summary>
    public static byte[] Finding(string kind, string name, [CallerFilePath] string caller = "") => Corpus(kind, caller).Single(f => f.Name == name).Content;

    private static T? Number<T>(string variable)
        where T : struct, IParsable<T> =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? T.Parse(text, CultureInfo.InvariantCulture) : null;
}
