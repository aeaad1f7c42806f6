using System.Diagnostics;
using System.Globalization;
using Tonari.Lab;
using Tonari.Lab.Measuring;
using Tonari.Lab.Mirrors;

namespace Tonari.EndToEnd.Tests.Load;

/// <summary>Much at once. These take half an hour, so they run only when they are asked for: <c>make load</c>.</summary>
public sealed class LoadTests(LabFixture fixture) : LabTest(fixture)
{
    private const long MemoryLimit = 300L * 1024 * 1024;

    /// <summary>Requests per second and controller that an API server of two cores answers without noticing.</summary>
    private const double MostRequests = 100;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    [Fact(Explicit = true)]
    public async Task Five_hundred_mirrors_with_fifteen_hundred_volumes_are_kept_in_little_memory_and_none_is_starved()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("LOAD_MIRRORS") ?? "500", CultureInfo.InvariantCulture);
        var schedule = TimeSpan.FromMinutes(5);
        var many = new ManyMirrors(Lab, count, volumesEach: 3, schedule);
        await many.RemoveAsync(Ct);
        await using var memory = new MemoryWatch(Lab);
        var started = Stopwatch.GetTimestamp();
        await many.CreateAsync(Ct);
        await many.UntilEstablishedAsync(Ct);
        Tell("all established after", $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        await ElapseAsync(schedule, _ => Task.CompletedTask); // everyone's first scheduled sync: from here on it is steady

        var oldest = TimeSpan.Zero;
        var before = await RequestsAsync();
        var window = 2 * schedule;
        await ElapseAsync(window, async _ =>
        {
            var ages = await many.AgesAsync(Ct);
            ages.Count.ShouldBe(count);
            oldest = ages.Values.Append(oldest).Max();
        });

        var after = await RequestsAsync();
        for (var i = 0; i < before.Count; i++)
        {
            var asked = after[i].Since(before[i]);
            Tell($"requests per second, {Lab.Clusters.ElementAt(i).Name}", $"{asked.Total / window.TotalSeconds:0.0}");
            foreach (var (kind, n) in asked.ByKind.OrderByDescending(pair => pair.Value).Take(12))
                Tell($"  {kind}", $"{n / window.TotalSeconds:0.00}");
            (asked.Total / window.TotalSeconds).ShouldBeLessThan(MostRequests);
        }
        Tell("oldest point in time of any mirror", $"{oldest.TotalSeconds:0} s");
        Tell("memory of a controller", $"{memory.HighestOf("controller") / 1048576.0:0.0} MiB");
        Tell("memory of a node agent", $"{memory.HighestOf("node") / 1048576.0:0.0} MiB");
        oldest.ShouldBeLessThan(2 * schedule, "a mirror that is older than it should be was starved");
        memory.HighestOf("controller")!.Value.ShouldBeLessThan(MemoryLimit);
        await many.RemoveAsync(Ct);
    }

    [Fact(Explicit = true)]
    public async Task Twenty_busy_mirrors_sync_every_fifteen_seconds_for_ten_minutes_and_miss_no_interval()
    {
        var schedule = TimeSpan.FromSeconds(15);
        var names = Enumerable.Range(1, 20).Select(n => string.Create(CultureInfo.InvariantCulture, $"busy-{n:00}")).ToList();
        foreach (var name in names)
            await Cleaning.RemoveAsync(Lab, name, Ct);
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Ct }, async (name, ct) => await BeginAsync(name, ct));
        foreach (var name in names)
            await new LabMirror(Lab, name, name).UntilEstablishedAsync(Blue, Later, Ct);

        var taken = names.ToDictionary(name => name, _ => new SortedSet<DateTimeOffset>());
        await using var memory = new MemoryWatch(Lab);
        await ElapseAsync(TimeSpan.FromMinutes(10), async ct =>
        {
            foreach (var mirror in await Green.ListAsync("/apis/tonari.dev/v1alpha1/appmirrors", ct))
            {
                if (taken.TryGetValue((string)mirror["metadata"]!["name"]!, out var times))
                    times.UnionWith(new MirrorView(mirror).Snapshots.Select(s => s.TakenAt));
            }
        });

        var gaps = taken.Values.SelectMany(times => times.Zip(times.Skip(1), (a, b) => b - a)).ToList();
        Tell("snapshots of the twenty mirrors in ten minutes", $"{taken.Values.Sum(times => times.Count)}");
        Tell("snapshots of the mirror with the fewest", $"{taken.Values.Min(times => times.Count)}");
        Tell("longest time between two of a mirror", $"{gaps.Max().TotalSeconds:0.0} s");
        Tell("memory of a controller", $"{memory.HighestOf("controller") / 1048576.0:0.0} MiB");
        Tell("memory of a node agent", $"{memory.HighestOf("node") / 1048576.0:0.0} MiB");
        gaps.Max().ShouldBeLessThan(2 * schedule, "an interval was missed");
        taken.Values.Min(times => times.Count).ShouldBeGreaterThanOrEqualTo(39);
        foreach (var name in names)
            await Cleaning.RemoveAsync(Lab, name, Ct);
    }

    private async Task BeginAsync(string name, CancellationToken ct)
    {
        var files = new FilesWorkload(name, 1, "128Mi");
        await files.DeployAsync(Blue, ct);
        await files.ShellAsync(
            Blue, "nohup bash -c 'while sleep 2; do dd if=/dev/urandom of=/data/v1/busy bs=64k count=8 conv=fsync,notrunc; done' >/dev/null 2>&1 </dev/null &", ct);
        await Lab.OnBlue.RunAsync(ct, "mirror", "configure", name, "--to", "green", "--schedule", "15s", "-n", name, "--no-wait");
    }

    private async Task<IReadOnlyList<ControllerRequests>> RequestsAsync()
    {
        var all = new List<ControllerRequests>();
        foreach (var cluster in Lab.Clusters)
            all.Add(await ControllerRequests.OfAsync(cluster, Ct));
        return all;
    }

    /// <summary>Looks again and again for a time: what is measured here is what happens by itself meanwhile.</summary>
    private static async Task ElapseAsync(TimeSpan time, Func<CancellationToken, Task> look)
    {
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            await look(Ct);
            await timer.WaitForNextTickAsync(Ct);
        }
    }

    private static void Tell(string what, string value)
    {
        TestContext.Current.SendDiagnosticMessage($"{what}: {value}");
        var file = Path.Combine(LabPaths.Repository, "artifacts", "test", "load.md");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.AppendAllText(file, $"| {what} | {value} |\n");
    }
}
