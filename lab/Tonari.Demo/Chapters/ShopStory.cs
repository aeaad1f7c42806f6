using Tonari.Demo.Telling;
using Tonari.Lab;
using Tonari.Lab.Postgres;
using Tonari.Lab.Rows;
using Tonari.Lab.Running;

namespace Tonari.Demo.Chapters;

/// <summary>A shop's PostgreSQL moves next door and comes home, while a client keeps writing to it.</summary>
internal sealed class ShopStory(Stage stage, Shop shop)
{
    private const string Name = PostgresWorkload.Name;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TwoClusters lab = stage.Lab;
    private readonly List<ShopStep> reverses = [];

    public static async Task<Shop> OpenAsync(Stage stage, int scale, CancellationToken ct)
    {
        stage.Narrator.Chapter(
            "A shop opens on blue",
            $"PostgreSQL 15, data and write-ahead log on two volumes, checksums on, filled by pgbench (scale {scale}). A client commits numbered rows, one by one, and notes each once the server has acknowledged it.");
        stage.Narrator.Command(stage.Lab.Blue, "kubectl apply -f lab/manifests/postgres/");
        var shop = await Shop.OpenAsync(stage.Lab, scale, stage.Clock, ct);
        stage.Narrator.Say("The client writes.");
        return shop;
    }

    public async Task TellAsync(CancellationToken ct)
    {
        await ConfigureAsync(ct);
        await FailOverAsync(ct);
        await HealAsync(ct);
        await FailBackAsync(ct);
        await ReverseAsync(lab.Green, ct);
        await ReverseAsync(lab.Blue, ct);
        var lossless = reverses.TrueForAll(step => step.Verdict.Good);
        stage.Findings.Bars.Add(new Bar(
            "planned reverse, application downtime", "≤ 20 s, zero rows lost",
            string.Join(" and ", reverses.Select(step => Format.Seconds(step.Downtime))) + (lossless ? ", zero rows lost" : ", ROWS LOST"),
            lossless && reverses.TrueForAll(step => step.Downtime.TotalSeconds <= 20), "Ramen 150-556 s"));
        await RehearseAsync(ct);
        await DeleteAsync(ct);
    }

    private async Task ConfigureAsync(CancellationToken ct)
    {
        stage.Narrator.Chapter("Configure replication", "One command on one side. Preflight, the first transfer, Established: then a group snapshot of both volumes every 10 seconds.");
        var step = await StepAsync("configure → Established", lab.Blue, () => Task.FromResult(shop.Lineage), async () =>
            await stage.Narrator.TonariAsync(lab.Blue, ct, "mirror", "configure", Name, "--to", "green", "--schedule", "10s", "-n", Name), ct);
        stage.Findings.Bars.Add(new Bar(
            "configure → Established, small app", "≤ 30 s", Format.Seconds(step.Took), step.Took.TotalSeconds <= 30, "Ramen 90 s, Trident Protect 45-120 s"));
        await shop.UntilEstablishedAsync(lab.Blue, ct);
        await shop.UntilSyncedAsync(stage.Now, ct);
        stage.Narrator.Say("A scheduled sync has followed.");
    }

    private async Task FailOverAsync(CancellationToken ct)
    {
        stage.Narrator.Chapter("Blue is lost", "Blue's network is cut off, from green and from its clients, in the middle of the writing. Green takes over from the newest complete group snapshot and asks nobody.");
        stage.Narrator.Say("lab/link.sh isolate blue");
        await LabLink.IsolateAsync("blue", ct);
        var next = shop.Ledger.Next;
        var step = await StepAsync("fail over to green", lab.Green, () => AfterFailOverAsync(next, ct), async () =>
            await stage.Narrator.TonariAsync(lab.Green, ct, "mirror", "failover", Name, "-n", Name, "--yes"), ct);
        stage.Narrator.Say($"{step.Verdict.Rows.WrittenAfter.Count} rows had been committed on blue after that snapshot; blue still has them.");
        stage.Findings.Bars.Add(new Bar(
            "fail over → PostgreSQL answers on green", "≤ 15 s", Format.Seconds(step.Served), step.Served.TotalSeconds <= 15, "Ramen 185-421 s, Trident Protect about 60 s"));
    }

    private async Task HealAsync(CancellationToken ct)
    {
        stage.Narrator.Chapter("Blue comes back", "It still believes that it is primary. At first contact it learns of the newer epoch, is fenced, and stops its copy of the application.");
        var step = await StepAsync("heal: blue is fenced", lab.Green, () => Task.FromResult(shop.Lineage), async () =>
        {
            stage.Narrator.Say("lab/link.sh heal");
            await LabLink.HealAsync(ct);
            await shop.UntilFencedAsync(lab.Blue, ct);
        }, ct);
        stage.Findings.Notes.Add(("link healed → old primary fenced and its application stopped", Format.Seconds(step.Took)));
        await stage.Narrator.TonariAsync(lab.Blue, ct, "mirror", "list", "-n", Name);
    }

    private async Task FailBackAsync(CancellationToken ct)
    {
        stage.Narrator.Chapter("Home, with what was written next door", "One command: blue's diverged data is kept as a snapshot, only the difference travels, and the roles are swapped with nothing lost.");
        var next = shop.Ledger.Next;
        await StepAsync("fail back to blue", lab.Blue, () => Task.FromResult(shop.Lineage.MovedTo("blue", next)), () =>
            stage.Narrator.TonariAsync(lab.Green, ct, "mirror", "failback", Name, "-n", Name, "--yes"), ct);
        await ProtectedAgainAsync(lab.Blue, ct);
    }

    private async Task ReverseAsync(LabCluster to, CancellationToken ct)
    {
        stage.Narrator.Chapter($"A planned swap, to {to.Name}", "The application stops, the last group snapshot travels, the other side starts. Not one acknowledged row may be missing.");
        var next = shop.Ledger.Next;
        reverses.Add(await StepAsync($"reverse to {to.Name}", to, () => Task.FromResult(shop.Lineage.MovedTo(to.Name, next)), () =>
            stage.Narrator.TonariAsync(to, ct, "mirror", "reverse", Name, "-n", Name), ct));
        await ProtectedAgainAsync(to, ct);
    }

    private async Task RehearseAsync(CancellationToken ct)
    {
        stage.Narrator.Chapter("A rehearsal", "Fail over while all is well, look around on green, then say that blue is kept: what the rehearsal wrote is set aside and blue goes on where it was.");
        var before = shop.Lineage;
        var next = shop.Ledger.Next;
        await StepAsync("rehearsal: fail over to green", lab.Green, () => AfterFailOverAsync(next, ct), () =>
            stage.Narrator.TonariAsync(lab.Green, ct, "mirror", "failover", Name, "-n", Name, "--yes"), ct);
        await shop.UntilFencedAsync(lab.Blue, ct);
        await StepAsync("rehearsal ends: resync keeping blue", lab.Blue, () => Task.FromResult(before.Without("green", next)), () =>
            stage.Narrator.TonariAsync(lab.Blue, ct, "mirror", "resync", Name, "--keep", "blue", "-n", Name, "--yes"), ct);
        await ProtectedAgainAsync(lab.Blue, ct);
    }

    private async Task ProtectedAgainAsync(LabCluster primary, CancellationToken ct)
    {
        var took = await shop.UntilEstablishedAsync(primary, ct);
        stage.Narrator.Say($"{lab.Other(primary).Name} holds the next complete group snapshot and could take over, {Format.Seconds(took)} later.");
    }

    private async Task DeleteAsync(CancellationToken ct)
    {
        stage.Narrator.Chapter("Letting go", "The relationship is deleted: snapshots, replica volumes and objects go, on both sides. The shop stays open on blue.");
        stage.Findings.Notes.Add(("longest freeze of a group snapshot under the writer", $"{shop.Snapshots.Max(s => s.FrozenMs)} ms, of {shop.Snapshots.Count} group snapshots"));
        var side = await shop.Mirror.ExpectedSideAsync(lab.Blue, ct);
        var (mirrorId, volumes) = (side.MirrorId!, side.VolumeIds);
        await StepAsync("delete", lab.Blue, () => Task.FromResult(shop.Lineage), async () =>
        {
            await stage.Narrator.TonariAsync(lab.Blue, ct, "mirror", "delete", Name, "-n", Name, "--yes");
            await shop.Mirror.UntilGoneAsync(Patience, ct);
        }, ct);
        var started = stage.Now;
        IReadOnlyList<string> left = [];
        var took = await Eventually.TrueAsync("nothing to be left", Patience, async token =>
        {
            left = [.. await Leftovers.FindAsync(lab.Blue, mirrorId, [], token), .. await Leftovers.FindAsync(lab.Green, mirrorId, volumes, token)];

            // What is still there then is told below, not thrown: the demo goes on.
            return left.Count == 0 || stage.Now - started > TimeSpan.FromSeconds(20) ? null : string.Join("; ", left.Take(5));
        }, ct);
        stage.Add(new Step(
            "nothing is left", took, null, null,
            left.Count == 0 ? "no snapshot, image, loop device, mount, PersistentVolume or finalizer on either side" : "LEFT: " + string.Join("; ", left.Take(5)), left.Count == 0));
    }

    private async Task<ShopStep> StepAsync(string name, LabCluster serving, Func<Task<Lineage>> after, Func<Task> act, CancellationToken ct)
    {
        var step = await shop.DoAsync(serving, after, act, ct);
        stage.Add(new Step(name, step.Took, step.Downtime, step.Bytes, step.Verdict.ToString(), step.Verdict.Good));
        return step;
    }

    private async Task<Lineage> AfterFailOverAsync(long next, CancellationToken ct)
    {
        var (lineage, snapshot) = await shop.FailedOverAsync(lab.Green, next, ct);
        stage.Narrator.Say($"Green started from {snapshot.Name}, taken {snapshot.TakenAt:HH:mm:ss.fff}.");
        return lineage;
    }
}
