using Spectre.Console;
using Tonari.Demo;
using Tonari.Demo.Chapters;
using Tonari.Demo.Telling;
using Tonari.Lab;
using Tonari.Lab.Measuring;
using Tonari.Lab.Running;

// lab/demo.sh starts this once the lab is up.
var scale = 10;
string? page = null;
foreach (var argument in args)
{
    if (argument == "--write-docs") page = Path.Combine(LabPaths.Repository, "docs", "measurements.md");
    else if (argument.StartsWith("--scale=", StringComparison.Ordinal) && int.TryParse(argument["--scale=".Length..], out scale) && scale is >= 1 and <= 60) continue;
    else
    {
        Console.Error.WriteLine("usage: Tonari.Demo [--write-docs] [--scale=1..60]");
        return 2;
    }
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

var console = AnsiConsole.Console;
if (Console.IsOutputRedirected) console.Profile.Width = 160;
var narrator = new Narrator(console);
using var lab = new TwoClusters();
await using var memory = new MemoryWatch(lab);
var stage = new Stage(lab, narrator, new Findings(), memory, TimeProvider.System);
narrator.Title("Tonari 隣 — the cluster next door", "A PostgreSQL, volumes and all, goes from one real Kubernetes cluster to the next and comes home.");
try
{
    await TellAsync();
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    narrator.Say("Stopped. The lab stays as it is: make demo begins anew, make lab-down ends it.");
    return 130;
}
catch (Exception e) when (e is ProgramFailedException or TimeoutException or HttpRequestException)
{
    // A step did not come to its end; what follows would stand on nothing.
    narrator.Fail(e.Message);
    return 1;
}
finally
{
    await LabLink.ClearAsync(CancellationToken.None);
}

Conclusion.Tell(stage, page);
return stage.Findings.AllGood ? 0 : 1;

async Task TellAsync()
{
    await Neighbours.ResetAsync(stage, stop.Token);
    await Neighbours.TellAsync(stage, stop.Token);
    await using (var shop = await ShopStory.OpenAsync(stage, scale, stop.Token))
    {
        await new ShopStory(stage, shop).TellAsync(stop.Token);
    }

    await ManyVolumes.TellAsync(stage, stop.Token);
    await VolumeSize.TellAsync(stage, stop.Token);
}
