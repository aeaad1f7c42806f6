using System.Diagnostics;
using Tonari.Demo.Telling;
using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.Demo.Chapters;

/// <summary>A fail-over takes as long for a large volume as for a small one; a resync carries what changed and no more.</summary>
internal static class VolumeSize
{
    private const int Changed = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static async Task TellAsync(Stage stage, CancellationToken ct)
    {
        stage.Narrator.Chapter(
            "Does size matter?",
            $"The same application twice, on 1 GiB with 8 MiB of data and on 12 GiB with 1 GiB of data; each fails over. Then {Changed} MiB of random data are written next door, and a resync brings them home.");
        var small = await FailOverAsync(stage, new FilesWorkload("small", 1, "1Gi"), 8, ct);
        var large = await FailOverAsync(stage, new FilesWorkload("large", 1, "12Gi"), 1024, ct);
        stage.Findings.Bars.Add(new Bar(
            "fail over, independent of volume size", "≤ 15 s, and no slower for 12 × the size",
            $"{Format.Seconds(small)} with 1 GiB, {Format.Seconds(large)} with 12 GiB",

            // Twice as long would be a trend; the machine's own noise is not.
            large.TotalSeconds <= 15 && large < (2 * small) + TimeSpan.FromSeconds(1), "Ramen 185-421 s"));
        await ResyncAsync(stage, new FilesWorkload("large", 1, "12Gi"), ct);
        foreach (var name in new[] { "small", "large" })
        {
            await Cleaning.RemoveAsync(stage.Lab, name, ct);
        }
    }

    private static async Task<TimeSpan> FailOverAsync(Stage stage, FilesWorkload files, int mebibytes, CancellationToken ct)
    {
        var (lab, narrator) = (stage.Lab, stage.Narrator);
        var mirror = new LabMirror(lab, files.Name, files.Name);
        await files.DeployAsync(lab.Blue, ct);
        await files.WriteRandomAsync(lab.Blue, "/data/v1/first", mebibytes, ct);
        var before = await files.DigestsAsync(lab.Blue, ct);
        await narrator.TonariAsync(lab.Blue, ct, "mirror", "configure", files.Name, "--to", "green", "--schedule", "1h", "-n", files.Name);
        await mirror.UntilEstablishedAsync(lab.Blue, Patience, ct);
        var begun = Stopwatch.GetTimestamp();
        await narrator.TonariAsync(lab.Green, ct, "mirror", "failover", files.Name, "-n", files.Name, "--yes");
        await files.UntilReadyAsync(lab.Green, ct);
        var took = Stopwatch.GetElapsedTime(begun);
        var same = await files.DigestsAsync(lab.Green, ct) == before;
        stage.Add(new Step($"fail over of {files.Name}", took, null, null, same ? "every file has the same SHA-256" : "FILES DIFFER", same));
        return took;
    }

    private static async Task ResyncAsync(Stage stage, FilesWorkload files, CancellationToken ct)
    {
        var (lab, narrator) = (stage.Lab, stage.Narrator);
        var mirror = new LabMirror(lab, files.Name, files.Name);
        await mirror.UntilAsync(lab.Blue, "fenced, application stopped", Patience, side => side is { Role: "Fenced", Application: "Stopped" }, ct);
        await files.WriteRandomAsync(lab.Green, "/data/v1/second", Changed, ct);
        var digests = await files.DigestsAsync(lab.Green, ct);
        await using var watch = new MirrorWatch(lab, mirror);
        var started = stage.Now;
        await narrator.TonariAsync(lab.Green, ct, "mirror", "resync", files.Name, "--keep", "green", "-n", files.Name, "--yes");
        await mirror.UntilEstablishedAsync(lab.Green, Patience, ct);
        var took = stage.Now - started;
        await watch.LookAsync(ct);
        var bytes = watch.BytesSince(started);
        await narrator.TonariAsync(lab.Blue, ct, "mirror", "reverse", files.Name, "-n", files.Name);
        await files.UntilReadyAsync(lab.Blue, ct);
        var same = await files.DigestsAsync(lab.Blue, ct) == digests;
        stage.Add(new Step("resync of large, keeping green", took, null, bytes, same ? "back on blue every file has the same SHA-256" : "FILES DIFFER", same));
        var ratio = bytes / (Changed * 1024.0 * 1024.0);
        stage.Findings.Bars.Add(new Bar(
            "bytes sent by a resync", "≤ 1.2 × bytes changed since the common snapshot",
            FormattableString.Invariant($"{ratio:0.00} × ({Format.Bytes(bytes)} for {Changed} MiB)"), ratio <= 1.2, "VolSync: everything"));
    }
}
