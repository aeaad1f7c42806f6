using System.Diagnostics;
using Tonari.Demo.Telling;
using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.Demo.Chapters;

/// <summary>An application of twelve volumes, and a sync when nothing has changed.</summary>
internal static class ManyVolumes
{
    private const string Name = "crates";
    private const int Volumes = 12;
    private const int Syncs = 5;

    public static async Task TellAsync(Stage stage, CancellationToken ct)
    {
        var (lab, narrator) = (stage.Lab, stage.Narrator);
        narrator.Chapter("Twelve volumes, nothing changed", "What an idle sync costs: all volumes frozen and snapshot together, compared, committed on the other side.");
        var crates = new FilesWorkload(Name, Volumes, "1Gi");
        await crates.DeployAsync(lab.Blue, ct);
        for (var volume = 1; volume <= Volumes; volume++)
        {
            await crates.WriteRandomAsync(lab.Blue, $"/data/v{volume}/file", 2, ct);
        }

        await narrator.TonariAsync(lab.Blue, ct, "mirror", "configure", Name, "--to", "green", "--schedule", "1h", "-n", Name);
        var mirror = new LabMirror(lab, Name, Name);
        await mirror.UntilEstablishedAsync(lab.Blue, TimeSpan.FromMinutes(2), ct);

        // The first takes along what configuring left behind; it is not counted.
        await lab.OnGreen.RunAsync(ct, "mirror", "sync", Name, "-n", Name);
        var commands = new List<TimeSpan>();
        var started = stage.Now;
        for (var sync = 0; sync < Syncs; sync++)
        {
            var begun = Stopwatch.GetTimestamp();
            await narrator.TonariAsync(lab.Green, ct, "mirror", "sync", Name, "-n", Name);
            commands.Add(Stopwatch.GetElapsedTime(begun));
        }

        var side = await mirror.ExpectedSideAsync(lab.Green, ct);
        var times = side.History.TakeLast(Syncs).Select(sync => sync.FinishedAt - sync.StartedAt).Order().ToList();
        var bytes = side.Snapshots.Where(s => s.CommittedAt >= started).Select(s => s.WireBytes).DefaultIfEmpty(0).Max();
        var same = await SameOnBothAsync(side, mirror, lab, ct);
        stage.Add(new Step("sync of 12 unchanged volumes", times[Syncs / 2], null, bytes, same ? "the newest group snapshot is complete on both sides" : "NOT COMMON", same));
        stage.Findings.Bars.Add(new Bar(
            "sync with nothing changed, 12 volumes", "≤ 3 s in all", $"{Format.Seconds(times[Syncs / 2])} (median of {Syncs}, slowest {Format.Seconds(times[^1])})",
            times.Count == Syncs && times[^1].TotalSeconds <= 3, "VolSync 50-160 s per volume"));
        stage.Findings.Notes.Add(("the same, as the command line's user waits for it (slowest)", Format.Seconds(commands.Max())));
        await Cleaning.RemoveAsync(lab, Name, ct);
    }

    private static async Task<bool> SameOnBothAsync(MirrorView green, LabMirror mirror, TwoClusters lab, CancellationToken ct) =>
        (await mirror.ExpectedSideAsync(lab.Blue, ct)).Snapshots.Any(s => s.Name == green.Snapshots[^1].Name);
}
