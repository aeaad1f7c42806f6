using Spectre.Console;
using Tonari.Lab;

namespace Tonari.Demo.Telling;

/// <summary>Tells the demo on the terminal.</summary>
internal sealed class Narrator(IAnsiConsole console)
{
    private int chapter;

    public void Title(string text, string below)
    {
        console.WriteLine();
        console.Write(new Panel(new Markup($"[bold]{Markup.Escape(text)}[/]\n{Markup.Escape(below)}")).Border(BoxBorder.Rounded).Padding(2, 0));
    }

    public void Chapter(string title, string explanation)
    {
        chapter++;
        console.WriteLine();
        console.Write(new Rule($"[bold]{chapter}. {Markup.Escape(title)}[/]").LeftJustified());
        console.Write(new Padder(new Text(explanation, new Style(decoration: Decoration.Dim)), new Padding(2, 0, 2, 0)));
    }

    public void Fail(string text) => console.MarkupLine($"\n  [bold red]✗ The demo ends here.[/] {Markup.Escape(text)}");

    public void Say(string text) => console.MarkupLine("  " + Markup.Escape(text));

    /// <summary>Runs a command of the real command line in front of the audience.</summary>
    public async Task TonariAsync(LabCluster cluster, CancellationToken ct, params IReadOnlyList<string> arguments)
    {
        Command(cluster, "tonari " + string.Join(' ', arguments));
        var cli = new TonariCli(cluster) { OnLine = Aside };
        await cli.RunAsync(ct, arguments);
    }

    public void Command(LabCluster cluster, string command) => console.MarkupLine($"  [bold {Colour(cluster)}]{cluster.Name}$[/] [bold]{Markup.Escape(command)}[/]");

    /// <summary>Where a cluster's web interface is, and what prints a token to sign in with.</summary>
    public void Invite(LabCluster cluster, Uri address, string command) =>
        console.MarkupLine($"  [bold {Colour(cluster)}]{cluster.Name,-5}[/] {Markup.Escape(address.ToString())}   sign in with the token that [bold]{Markup.Escape(command)}[/] prints");

    public void Aside(string line)
    {
        if (line.Length > 0) console.MarkupLine($"      [grey]{Markup.Escape(line)}[/]");
    }

    public void Tell(Step step)
    {
        var parts = new List<string> { $"took [bold]{Format.Seconds(step.Took)}[/]" };
        if (step.Downtime is { } downtime) parts.Add($"application away for [bold]{Format.Seconds(downtime)}[/]");
        if (step.Bytes is { } bytes) parts.Add($"[bold]{Format.Bytes(bytes)}[/] travelled");
        console.MarkupLine("  " + string.Join(", ", parts));
        console.MarkupLine($"  {(step.Good ? "[green]✓[/]" : "[bold red]✗[/]")} {Markup.Escape(step.Check)}");
    }

    public void Steps(IEnumerable<Step> steps)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("step", "took", "application away", "travelled", "check");
        foreach (var step in steps)
        {
            table.AddRow(
                Markup.Escape(step.Name),
                Format.Seconds(step.Took),
                step.Downtime is { } downtime ? Format.Seconds(downtime) : "",
                step.Bytes is { } bytes ? Format.Bytes(bytes) : "",
                step.Good ? "[green]✓[/]" : "[bold red]✗[/]");
        }

        console.WriteLine();
        console.Write(table);
    }

    public void Bars(IEnumerable<Bar> bars)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("what", "must reach", "measured", "", "peers, for scale");
        foreach (var bar in bars)
        {
            table.AddRow(
                Markup.Escape(bar.What), Markup.Escape(bar.Limit), $"[bold]{Markup.Escape(bar.Value)}[/]",
                bar.Met ? "[green]reached[/]" : "[bold red]missed[/]", $"[grey]{Markup.Escape(bar.Peers)}[/]");
        }

        console.WriteLine();
        console.Write(table);
    }

    private static string Colour(LabCluster cluster) => cluster.Name == "blue" ? "dodgerblue1" : "green3";
}
