using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Attachments;
using Tonari.Engine.Groups;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Proof;
using Tonari.Engine.Substrates;
using Tonari.Engine.Transfer;
using Tonari.Engine.Volumes;

namespace Tonari.Engine;

/// <summary>A pool: one directory on btrfs, or on XFS with reflink, that holds volumes. One process at a time has it open.</summary>
public sealed class VolumePool : IAsyncDisposable
{
    private readonly SafeFileHandle _lock;
    private readonly PoolStore _store;
    private readonly PoolDocument _document;
    private readonly WholeWrites _wholeWrites;

    private VolumePool(
        SafeFileHandle poolLock, PoolStore store, PoolDocument document, LoopAttachments attachments, WholeWrites wholeWrites, IReadOnlyList<string> recovered)
    {
        _wholeWrites = wholeWrites;
        _lock = poolLock;
        _store = store;
        _document = document;
        Recovered = recovered;
        var imaging = new FrozenImaging(store, attachments);
        Attachments = attachments;
        Volumes = new VolumeOperations(store, attachments, imaging);
        Groups = new GroupOperations(store, imaging);
        var digests = new DigestLedger(store);
        Source = new MirrorSource(store, digests);
        Target = new MirrorTarget(store, digests);
        Proof = new ReplicaProof(store, digests, new ReplicaHealing(store, digests));
    }

    /// <summary>Volumes and their single snapshots.</summary>
    public IVolumes Volumes { get; }

    /// <summary>Group snapshots.</summary>
    public IGroupSnapshots Groups { get; }

    /// <summary>Block devices.</summary>
    public IAttachments Attachments { get; }

    /// <summary>The sending end of a mirror.</summary>
    public IMirrorSource Source { get; }

    /// <summary>The receiving end of a mirror.</summary>
    public IMirrorTarget Target { get; }

    /// <summary>Whether what is here is what was received, and mending it.</summary>
    public IReplicaProof Proof { get; }

    /// <summary>What opening the pool thawed, removed or completed, one sentence each; for the log.</summary>
    public IReadOnlyList<string> Recovered { get; }

    /// <summary>Opens the pool, making it if the directory holds none. Thaws volumes a dead predecessor left frozen and removes what it left half-made.</summary>
    /// <exception cref="PoolUnusableException">The directory is missing, on another kind of filesystem, in use by another process, or what says
    /// which pool it is (<c>tonari-pool.json</c>) is damaged. Any other damaged file costs only what it describes.</exception>
    public static async Task<VolumePool> OpenAsync(string path, PoolOptions options, CancellationToken ct)
    {
        var paths = new PoolPaths(Path.GetFullPath(path));
        var probe = await ProbeAsync(paths.Root, ct);
        if (!probe.Usable)
            throw new PoolUnusableException(probe.Problem!);
        var poolLock = await TakeLockAsync(paths, options.Time, ct);
        return await Task.Run(() => Open(paths, probe, poolLock, options), CancellationToken.None);
    }

    /// <summary>Whether <see cref="OpenAsync"/> could use the directory. Changes nothing but for a short-lived probe file.</summary>
    public static Task<PoolProbe> ProbeAsync(string path, CancellationToken ct) => Task.Run(() => PoolProber.Probe(Path.GetFullPath(path)), ct);

    /// <summary>Sees to it that a write to an attached volume is done as a whole or refused, also when the pool runs full. To be called several times a second, by one
    /// caller at a time.</summary>
    /// <returns>The pool is nearly full (less than a twentieth of it, 4 GiB at most, is free): its volumes are written block by block, which is slower.</returns>
    /// <exception cref="EngineException">The kernel does not tell how full the pool is.</exception>
    /// <exception cref="AggregateException">Devices that the kernel does not let this process see to; the others were.</exception>
    public Task<bool> KeepWritesWholeAsync(CancellationToken ct) => Task.Run(_wholeWrites.Keep, ct);

    /// <summary>The pool as it is now.</summary>
    public Task<PoolDescription> DescribeAsync(CancellationToken ct) => Task.Run(Describe, ct);

    /// <summary>Reads all small files of the pool. A sentence for each that is damaged: which, what cannot be used without it, and what to do.</summary>
    public async Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken ct)
    {
        var volumes = await Volumes.SurveyAsync(ct);
        var groups = await Groups.SurveyAsync("", ct);
        var unusable = volumes.Damaged.Concat(volumes.Volumes.SelectMany(v => v.Damaged)).Concat(groups.Damaged).Select(d => d.Message);
        return [.. unusable.Concat(volumes.Volumes.Select(v => v.LiveDamage).OfType<string>()).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Closes the pool; attachments stay. End running calls first.</summary>
    public ValueTask DisposeAsync()
    {
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    private static VolumePool Open(PoolPaths paths, PoolProbe probe, SafeFileHandle poolLock, PoolOptions options)
    {
        try
        {
            var files = new PoolFiles(options.BeforeStep);
            IPoolSubstrate substrate = probe.Substrate == "btrfs" ? new BtrfsSubstrate(files) : new XfsSubstrate(files);
            var document = MakeFolders(paths, files, options);
            var locks = new PoolLocks();
            var store = new PoolStore(paths, files, substrate, locks, options);
            var wholeWrites = new WholeWrites(store);
            var attachments = new LoopAttachments(store, wholeWrites);
            return new VolumePool(poolLock, store, document, attachments, wholeWrites, new PoolRecovery(store, attachments).Run());
        }
        catch
        {
            poolLock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits a moment for a holder that is just letting go: a predecessor that is ending, or a child process of this one, which holds a copy of
    /// every descriptor between fork and exec (flock(2) belongs to the open file, not to the process).
    /// </summary>
    private static async Task<SafeFileHandle> TakeLockAsync(PoolPaths paths, TimeProvider time, CancellationToken ct)
    {
        const int ownerOnly = 0x180;
        var handle = Kernel.Open(paths.LockFile, Kernel.ReadWrite | Kernel.CreateFlag, ownerOnly);
        try
        {
            var started = time.GetTimestamp();
            while (!FileCalls.TryLock(handle, paths.LockFile))
            {
                if (time.GetElapsedTime(started) > EngineLimits.LockPatience)
                    throw InUse(paths);
                await Task.Delay(EngineLimits.LockPause, time, ct);
            }
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static PoolUnusableException InUse(PoolPaths paths) =>
        new($"The pool '{paths.Root}' is in use by another process; only one at a time may have it open.");

    private static PoolDocument MakeFolders(PoolPaths paths, PoolFiles files, PoolOptions options)
    {
        foreach (var folder in (string[])[paths.Volumes, paths.Groups, paths.Trash])
            files.CreateDirectory(folder);
        if (ReadDocument(paths) is { } existing)
            return existing;
        var document = new PoolDocument(DocumentJson.Version, PoolStore.NewInstance(), options.Time.GetUtcNow());
        files.Write(paths.PoolDocument, document, DocumentJson.Default.PoolDocument);
        return document;
    }

    private static PoolDocument? ReadDocument(PoolPaths paths)
    {
        try
        {
            return PoolFiles.Read(
                paths.PoolDocument, DocumentJson.Default.PoolDocument, "The pool stays closed until the file is restored from a backup; nothing in it is changed.");
        }
        catch (FileDamagedException e)
        {
            // Without it nobody knows whether the pool is the one it is taken for.
            throw new PoolUnusableException(e.Message, e);
        }
    }

    private PoolDescription Describe()
    {
        using var root = Kernel.OpenDirectory(_store.Paths.Root);
        var facts = FileCalls.GetFileSystem(root, _store.Paths.Root);
        return new PoolDescription(
            _document.Id,
            _store.Paths.Root,
            _store.Substrate.Name,
            new ByteCount(facts.Capacity),
            new ByteCount(facts.Capacity - facts.Available),
            FragmentationWarning());
    }

    private string? FragmentationWarning()
    {
        var slow = _store.VolumeFolders()
            .Select(id => (Id: id, Image: _store.Paths.Live(id)))
            .Where(v => Directory.Exists(v.Image))
            .Select(v => (v.Id, Estimate: _store.Substrate.EstimateSnapshot(v.Image)))
            .Where(v => v.Estimate > EngineLimits.DefaultFreezeTimeout / 2)
            .ToList();
        return slow.Count == 0
            ? null
            : $"Snapshots of {string.Join(", ", slow.Select(v => $"'{v.Id}' (about {v.Estimate.TotalSeconds:F1} s)"))} stop their applications for long, "
                + "because the images are fragmented and this pool is on XFS. Move them to a btrfs pool.";
    }
}
