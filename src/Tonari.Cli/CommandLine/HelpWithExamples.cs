using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Tonari.Cli.CommandLine;

/// <summary>The library's help, followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // Without a terminal there is no width to fit; the same text everywhere can be compared.
        if (Console.IsOutputRedirected)
        {
            help.MaxWidth = 100;
        }

        help.Invoke(parseResult);
        var examples = ExampledCommand.ExamplesOf(parseResult.CommandResult.Command);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in examples)
        {
            output.WriteLine("  " + example);
        }

        output.WriteLine();
        return ExitCode.Done;
    }
}
