using System.Globalization;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.Faults.Striking;

/// <summary>Nothing more fits into a pool until somebody makes room.</summary>
internal sealed class FullPool(StruckGround ground) : IFault
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private string Filler => Path.Combine(ground.Struck.PoolPath, "filler");

    public TimeSpan Bound => TimeSpan.FromSeconds(120);

    public bool RefusesWrites => ground.Struck == ground.Source;

    public Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public async Task StrikeAsync(CancellationToken ct)
    {
        // fallocate takes what it gets; the rest of the way is written, until the filesystem says that it is full.
        var free = new DriveInfo(ground.Struck.PoolPath).AvailableFreeSpace;
        var size = (free - (64 << 20)).ToString(CultureInfo.InvariantCulture);
        (await ProgramRun.OfAsync("fallocate", ["-l", size, Filler], Limit, ct)).Succeeded();
        await ProgramRun.OfAsync("dd", ["if=/dev/urandom", "of=" + Filler, "bs=1M", "oflag=append", "conv=notrunc,fsync"], Limit, ct);
        await ground.NoticedAsync(ground.Lab.Other(ground.Source), ct);
    }

    public async Task EndAsync(CancellationToken ct)
    {
        File.Delete(Filler);
        (await ProgramRun.OfAsync("sync", ["-f", ground.Struck.PoolPath], Limit, ct)).Succeeded();
    }
}

/// <summary>
/// A pool refuses every change: what a filesystem does that has found an error in itself. Live images are subvolumes of their own and stay writable, or the
/// application would be struck as well.
/// </summary>
internal sealed class ReadOnlyPool(StruckGround ground) : IFault
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public TimeSpan Bound => TimeSpan.FromSeconds(120);

    public Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public async Task StrikeAsync(CancellationToken ct)
    {
        await MakeAsync("true", ct);
        await ground.NoticedAsync(ground.Lab.Other(ground.Source), ct);
    }

    public Task EndAsync(CancellationToken ct) => MakeAsync("false", ct);

    private async Task MakeAsync(string readOnly, CancellationToken ct) =>
        (await ProgramRun.OfAsync("btrfs", ["property", "set", "-f", "-t", "subvol", ground.Struck.PoolPath, "ro", readOnly], Limit, ct)).Succeeded();
}

/// <summary>A byte of what lies in a pool is another one than was written.</summary>
internal sealed class FlippedByte(StruckGround ground, string what) : IFault
{
    private IReadOnlyList<int> processes = [];

    public TimeSpan Bound => TimeSpan.FromSeconds(120);

    public async Task PrepareAsync(CancellationToken ct)
    {
        processes = await Crash.ProcessesAsync(ground.Struck, "node", ct);
        if (what == FaultKinds.FlipDigest) await FlipDigestAsync(ct);
    }

    public async Task StrikeAsync(CancellationToken ct)
    {
        if (what == FaultKinds.FlipDigest) return;
        var note = await UntilSomethingIsStagedAsync(ct);
        // Damage is found by whoever reads again; a transfer that goes on reads again.
        foreach (var process in processes) _ = Crash.Kill(process);
        if (what == FaultKinds.FlipStagingNote) Flip(note, (int)new FileInfo(note).Length / 2);
        else FlipFirstData(note);
    }

    public Task EndAsync(CancellationToken ct) => Task.CompletedTask;

    private async Task<string> UntilSomethingIsStagedAsync(CancellationToken ct)
    {
        var found = "";
        await Eventually.TrueAsync("a volume to have something staged for good", TimeSpan.FromSeconds(30), async token =>
        {
            foreach (var note in Directory.EnumerateFiles(Path.Combine(ground.Struck.PoolPath, "volumes"), "staging.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
            {
                found = note;
                if (!(await File.ReadAllTextAsync(note, token)).Contains("\"durableOffset\": 0,", StringComparison.Ordinal)) return null;
            }

            return "nothing is";
        }, ct);
        return found;
    }

    private static void FlipFirstData(string note)
    {
        var staged = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(note))!;
        var (to, from, durable) = ((string)staged["to"]!, (string?)staged["from"], (long)staged["durableOffset"]!);
        var images = Path.Combine(Path.GetDirectoryName(note)!, "images");
        using var image = File.OpenHandle(Path.Combine(images, "s-" + to, "image"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using var older = from is null ? null : File.OpenHandle(Path.Combine(images, "s-" + from, "image"));
        var (block, before) = (new byte[4096], new byte[4096]);
        for (var offset = 0L; offset < durable; offset += block.Length)
        {
            if (RandomAccess.Read(image, block, offset) < block.Length) break;
            if (older is null ? !block.AsSpan().ContainsAnyExcept((byte)0) : RandomAccess.Read(older, before, offset) == block.Length && block.AsSpan().SequenceEqual(before)) continue;
            block[17] ^= 0x20;
            RandomAccess.Write(image, block, offset);
            return;
        }

        throw new InvalidOperationException($"Nothing that has travelled was found in {to}.");
    }

    private async Task FlipDigestAsync(CancellationToken ct)
    {
        var newest = (await ground.Mirror.ExpectedSideAsync(ground.Struck, ct)).Snapshots[^1].Name;
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 };
        foreach (var path in Directory.EnumerateFiles(Path.Combine(ground.Struck.PoolPath, "volumes"), newest + ".digest", options))
        {
            Flip(path, (await File.ReadAllTextAsync(path, ct)).IndexOf("tb1:", StringComparison.Ordinal) + 6);
        }
    }

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] = bytes[at] == (byte)'0' ? (byte)'1' : (byte)'0';
        File.WriteAllBytes(path, bytes);
    }
}

/// <summary>The application has objects about as large as an API server takes.</summary>
internal sealed class LargeObjects(StruckGround ground) : IFault
{
    private const string Namespace = Lab.Postgres.PostgresWorkload.Name;
    private static readonly string[] Names = ["large-1", "large-2"];

    // An object may have 1 MiB of data (Kubernetes' own limit for these kinds); with its metadata it is close to what etcd takes in one request.
    private const int Size = (1 << 20) - 1024;

    public TimeSpan Bound => TimeSpan.FromSeconds(120);

    public async Task PrepareAsync(CancellationToken ct)
    {
        foreach (var name in Names)
        {
            var yaml = $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {Namespace}}}\ndata:\n  all: {new string('x', Size)}\n";
            var made = await ground.Source.TryKubectlAsync(["create", "-f", "-"], yaml, ct);
            if (!made.Error.Contains("AlreadyExists", StringComparison.Ordinal)) made.Succeeded();
        }
    }

    public Task StrikeAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>Where the application runs now, they must be; afterwards they are taken away again.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        foreach (var cluster in ground.Lab.Clusters)
        {
            if (await ground.Mirror.SideAsync(cluster, ct) is not { Role: "Primary" }) continue;
            foreach (var name in Names)
            {
                var text = (string?)(await cluster.GetAsync($"/api/v1/namespaces/{Namespace}/configmaps/{name}", ct))?["data"]?["all"];
                if (text?.Length != Size) throw new InvalidOperationException($"{name} on {cluster.Name} is not whole: {text?.Length ?? 0} characters.");
                await cluster.KubectlAsync(ct, "-n", Namespace, "delete", "configmap", name);
            }
        }
    }
}
