using System.CommandLine;
using Tonari.Cli.CommandLine;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari completion</c>.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    public static Command Create(CommandFactory factory)
    {
        // Not the library's own list of values: after -- it is not asked.
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" }
            .Checked(text => Shells.Contains(text) ? null : $"'{text}' is not a shell that is known. Use one of: {string.Join(", ", Shells)}.");
        shell.CompletionSources.Add(Shells);
        return factory.Action(
            "completion",
            "Print a script that completes commands, options and names in your shell",
            ["source <(tonari completion bash)", "tonari completion zsh > \"${fpath[1]}/_tonari\"", "tonari completion fish | source"],
            [shell],
            (invocation, _) =>
            {
                invocation.Terminal.Output.WriteLine(CompletionScripts.For(invocation.Get(shell)));
                return Task.FromResult(ExitCode.Done);
            });
    }
}
