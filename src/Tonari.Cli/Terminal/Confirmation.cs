namespace Tonari.Cli.Terminal;

/// <summary>Questions before something that cannot be taken back.</summary>
internal static class Confirmation
{
    /// <summary>A yes or no; anything but y or yes is no.</summary>
    /// <exception cref="CliException">Not confirmed.</exception>
    public static async Task YesAsync(UserTerminal terminal, string question, CancellationToken ct)
    {
        var answer = await terminal.AskAsync($"{question} [y/N] ", ct);
        if (answer?.Trim().ToLowerInvariant() is not ("y" or "yes"))
        {
            throw NotConfirmed(answer);
        }
    }

    /// <summary>The word must be typed exactly, so that a habit of pressing y is not enough.</summary>
    /// <exception cref="CliException">Not confirmed.</exception>
    public static async Task TypedAsync(UserTerminal terminal, string word, CancellationToken ct)
    {
        var answer = await terminal.AskAsync($"Type the application's name ({word}) to go on: ", ct);
        if (answer?.Trim() != word)
        {
            throw NotConfirmed(answer);
        }
    }

    private static CliException NotConfirmed(string? answer) => new(
        ExitCode.NotConfirmed,
        answer is null ? "Nobody is there to confirm, so nothing was changed." : "Not confirmed, so nothing was changed.",
        answer is null ? "Add --yes to go on without being asked." : null);
}
