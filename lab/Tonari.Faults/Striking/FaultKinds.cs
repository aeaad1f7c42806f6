using Tonari.Faults.Rows;

namespace Tonari.Faults.Striking;

/// <summary>The names of faults, as the table says them.</summary>
internal static class FaultKinds
{
    public const string KillNode = "kill -9 node agent";
    public const string KillController = "kill -9 controller";
    public const string KillBoth = "kill -9 node agent and controller";
    public const string KillCommand = "kill -9 command line";
    public const string KillKubelet = "kill -9 kubelet";
    public const string RestartEtcd = "kill -9 etcd, restart";
    public const string Reboot = "reboot";
    public const string Cut = "cut until both sides notice";
    public const string Flap = "three cuts of a second";
    public const string Slow = "4 Mbit/s and 50 ms";
    public const string Loss = "10 % loss";
    public const string PoolFull = "full pool";
    public const string PoolReadOnly = "read-only pool";
    public const string FlipStagedByte = "a byte flips in a staged image";
    public const string FlipStagingNote = "a byte flips in staging.json";
    public const string FlipDigest = "a byte flips in a stored digest";
    public const string FlipInStream = "bytes change on the way";
    public const string LargeObjects = "objects as large as etcd takes";

    /// <summary>The fault of a row, which strikes on the given ground.</summary>
    public static IFault Of(FaultRow row, StruckGround ground) => row.Fault switch
    {
        KillNode => new KillProgram(ground, "node"),
        KillController => new KillProgram(ground, "controller"),
        KillBoth => new KillProgram(ground, "node", "controller"),
        KillCommand => new KillCommand(ground),
        KillKubelet => new KillDaemon(ground, "kubelet"),
        RestartEtcd => new KillDaemon(ground, "etcd"),
        Reboot => new Reboot(ground),
        Cut => new LinkFault(ground, ground.CutAsync),
        Flap => new LinkFault(ground, ct => Lab.LabLink.FlapAsync(3, ct)),
        Slow => new LinkFault(ground, async ct =>
        {
            await Lab.LabLink.RateAsync("4mbit", ct);
            await Lab.LabLink.DelayAsync("50ms", ct);
        }),
        Loss => new LinkFault(ground, ct => Lab.LabLink.LoseAsync("10%", ct)),
        FlipInStream => new LinkFault(ground, ground.CorruptAsync),
        PoolFull => new FullPool(ground),
        PoolReadOnly => new ReadOnlyPool(ground),
        FlipStagedByte or FlipStagingNote or FlipDigest => new FlippedByte(ground, row.Fault),
        LargeObjects => new LargeObjects(ground),
        _ => throw new ArgumentException($"There is no fault '{row.Fault}'."),
    };
}

/// <summary>Something that goes wrong.</summary>
internal interface IFault
{
    /// <summary>How long convergence may take once it is over.</summary>
    public TimeSpan Bound { get; }

    /// <summary>The application's own disk refuses writes meanwhile.</summary>
    public bool RefusesWrites => false;

    /// <summary>Everything that can be found out before, so that striking takes no time.</summary>
    public Task PrepareAsync(CancellationToken ct);

    /// <summary>Strikes, and returns when it has taken effect.</summary>
    public Task StrikeAsync(CancellationToken ct);

    /// <summary>Ends it, as far as it does not end by itself: what whoever runs the machines would do, never something about Tonari.</summary>
    public Task EndAsync(CancellationToken ct);
}
