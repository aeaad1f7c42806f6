using System.CommandLine;
using Tonari.Cli.CommandLine;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari completion</c>.</summary>
internal static class CompletionCommand
{
    public static Command Create(CommandFactory factory)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
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
