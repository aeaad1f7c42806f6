using System.CommandLine;

namespace Tonari.Cli.CommandLine;

/// <summary>How resources are printed.</summary>
internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
}

/// <summary>The option <c>-o</c>.</summary>
internal static class OutputOption
{
    private static readonly string[] Names = ["table", "wide", "json", "yaml", "name"];

    public static Option<OutputFormat> Create()
    {
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = "table (default), wide, json, yaml (the resources as the API has them) or name",
            HelpName = "FORMAT",
            CustomParser = result =>
            {
                var index = Array.IndexOf(Names, result.Tokens[0].Value);
                if (index >= 0)
                {
                    return (OutputFormat)index;
                }

                result.AddError($"--output: '{result.Tokens[0].Value}' is not an output format. Use one of: {string.Join(", ", Names)}.");
                return OutputFormat.Table;
            },
        };
        option.CompletionSources.Add(Names);
        return option;
    }

    public static bool IsForMachines(this OutputFormat format) => format is OutputFormat.Json or OutputFormat.Yaml or OutputFormat.Name;
}
