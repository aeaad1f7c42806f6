using System.Globalization;
using Tonari.Faults.Checking;
using Tonari.Faults.Rows;
using Tonari.Faults.Telling;
using Tonari.Lab;
using Tonari.Lab.Running;

// lab/faults.sh starts this once the lab is up.
var artifacts = Path.Combine(LabPaths.Repository, "artifacts", "faults");
var page = Path.Combine(LabPaths.Repository, "docs", "reliability.md");
var results = new ResultsFile(Path.Combine(LabPaths.Repository, "lab", "Tonari.Faults", "results.jsonl"));
IEnumerable<FaultRow> chosen = Matrix.Rows;
foreach (var argument in args)
{
    if (argument == "--list") continue;
    if (argument == "--write-docs") return WriteDocs();
    if (argument == "--green-once") chosen = chosen.Where(row => results.Read().TryGetValue(row.Title, out var of) && of[^1].Green && (of.Count == 1 || !of[^2].Green)).ToList();
    else if (argument == "--not-green") chosen = chosen.Where(row => !results.Read().TryGetValue(row.Title, out var of) || !of[^1].Green).ToList();
    else if (!argument.StartsWith('-')) chosen = chosen.Where(row => argument.Split(',').Any(part => row.Title.Contains(part, StringComparison.OrdinalIgnoreCase)));
    else
    {
        Console.Error.WriteLine("usage: Tonari.Faults [--list | --write-docs] [--not-green | --green-once] [WORDS of a row's title, alternatives with commas]...");
        return 2;
    }
}

if (args.Contains("--list"))
{
    foreach (var row in chosen) Console.WriteLine(row.Title);
    return 0;
}

using var use = LabUse.TryBegin();
if (use is null)
{
    Console.Error.WriteLine($"error: another program plays on this lab (its process is in {LabUse.FilePath}): wait for it, or end it");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
using var lab = new TwoClusters();
await lab.ManagePoolsAsync(stop.Token);
await lab.PairAsync(stop.Token);
var red = 0;
Stage? stage = null;
try
{
    var (left, state) = (chosen.ToList(), Before.Nothing);
    while (left.Count > 0)
    {
        stop.Token.ThrowIfCancellationRequested();
        var row = Sequence.Take(left, state);
        stage ??= await Stage.OpenAsync(lab, stop.Token);
        var result = await new RowPlayer(stage, TimeProvider.System).PlayAsync(row, stop.Token);
        results.Add(result);
        Tell(result, left.Count);
        state = result.Green ? Sequence.Ends(row) : Before.Nothing;
        if (!result.Green)
        {
            red++;
            await ProgramRun.OfAsync(LabPaths.Script("logs.sh"), [Path.Combine(artifacts, string.Create(CultureInfo.InvariantCulture, $"red-{result.At:HHmmss}"))], TimeSpan.FromMinutes(2), stop.Token);
            await stage.DisposeAsync();
            stage = null;
            // A fault may have been left half done.
            foreach (var cluster in lab.Clusters) (await ProgramRun.OfAsync(LabPaths.Script("cluster.sh"), ["up", cluster.Name], TimeSpan.FromMinutes(5), stop.Token)).Succeeded();
        }
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine("Stopped.");
}
finally
{
    if (stage is not null) await stage.DisposeAsync();
    await LabLink.ClearAsync(CancellationToken.None);
}

return red == 0 ? 0 : 1;

static void Tell(RowResult result, int left) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{result.At:HH:mm:ss} {(result.Green ? "green" : "RED  ")} {result.Seconds,5:0.0} s  {result.Title}  (struck in {result.Struck}; {left} left){(result.Green ? "" : "\n         " + result.Trouble)}"));

int WriteDocs()
{
    File.WriteAllText(page, ReliabilityPage.Put(File.Exists(page) ? File.ReadAllText(page) : "# Reliability\n", ReliabilityPage.Section(results.Read())));
    return 0;
}
