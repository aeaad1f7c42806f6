namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// What the steps do to the simulated world, part by part; as the real ones, each can be broken off after any part and done again. Questions to the
/// neighbour travel as letters.
/// </summary>
internal sealed class StepWork(World world, Cluster cluster)
{
    /// <summary>Time for a question that makes the peer read or write its API server.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly PullWork pulls = new(world, cluster);

    private Disk Disk => cluster.Disk;

    /// <summary>Does one part; whether anything could be done.</summary>
    public bool GoOn(Run run)
    {
        if (run.Broken)
        {
            run.Result = new StepResult.Failed("The connection broke.");
            return true;
        }

        switch (run.Step)
        {
            case RequestSnapshot or HoldPeer or ReleasePeerHold or ForwardOperation or TellPeerOfDeletion:
                return Ask(run, run.Step);
            case PullGroup when run.Part < 2:
                return Ask(run, new RequestSnapshot(((PullGroup)run.Step).Name, run.Basis.Status.Sync is { Final: true }));
            default:
                run.Result = Locally(run);
                return true;
        }
    }

    /// <summary>The neighbour has answered.</summary>
    public void Answered(Run run, StepResult? result)
    {
        run.Call = 0;
        run.Result = (run.Step, result) switch
        {
            (PullGroup, null) => new StepResult.Refused($"{cluster.Other.Name} has no such mirror."),
            (PullGroup, StepResult.SnapshotTaken taken) when run.Basis.Status.Sync?.TakenAt is { } known && known != taken.TakenAt =>
                new StepResult.Refused("It was taken anew; what was pulled so far is of another point in time."),
            (PullGroup, StepResult.SnapshotTaken) => null,
            (HoldPeer, StepResult.HoldAnswered answer) => answer with { AskedAt = run.AskedAt },
            (ReleasePeerHold or TellPeerOfDeletion, null) => new StepResult.Done(),
            (ForwardOperation, null) => new StepResult.Refused($"{cluster.Other.Name} has no such mirror."),
            (_, null) => new StepResult.Failed($"{cluster.Other.Name} has no such mirror."),
            _ => result,
        };
        if (run.Result is null) run.Part = 2;
    }

    private bool Ask(Run run, MirrorStep question)
    {
        if (run.Part == 0)
        {
            run.Part = 1;
            if (world.Network.Cut)
            {
                run.Result = new StepResult.Failed($"{cluster.Other.Name} cannot be reached.");
                return true;
            }

            run.Call = world.Network.NewCall();
            (run.SentAt, run.AskedAt) = (world.Now, cluster.Clock);
            world.Network.Post(new Request(cluster.Other, run.Call, question, run.Basis.Status.Epoch));
            return true;
        }

        if (!world.Network.IsDead && world.Now - run.SentAt <= CallTimeout) return false;
        run.Result = new StepResult.Failed($"{cluster.Other.Name} has not answered in time.");
        return true;
    }

    private StepResult? Locally(Run run) => run.Step switch
    {
        PrepareRelationship => world.Network.Cut || !cluster.Other.Exists
            ? new StepResult.ProblemsFound([new MirrorProblem("PeerUnreachable", $"{cluster.Other.Name} cannot be reached.")])
            : new StepResult.Done(),
        PullGroup pull => pulls.GoOn(run, pull),
        CommitGroup commit => pulls.Commit(commit),
        CompareReplica compare => Compare(run, compare),
        DeleteSnapshots delete => Delete(run, delete),
        StopApplication stop => Stop(run, stop),
        StartApplication => Start(),
        MakeLive live => MakeLive(run, live),
        ApplyResources apply => Apply(apply),
        AwaitReady => cluster.Unready || Disk.Pods != Pods.Running ? new StepResult.NotYet("Pods are not ready.") : new StepResult.Done(),
        RunHooks => new StepResult.HooksRan([], Abort: false),
        SetLiveAside aside => SetAside(run, aside),
        Tonari.Mirroring.DeleteObject => Delete(),
        CleanUp cleanUp => CleanUp(run, cleanUp),
        _ => new StepResult.Done(),
    };

    /// <summary>Both copies are read, a volume at a time; that they are equal is what every other check sees to.</summary>
    private StepResult? Compare(Run run, CompareReplica compare)
    {
        if (world.Network.Cut || cluster.Other.Away) return new StepResult.Failed("The comparison broke off.");
        if (!Disk.Groups.TryGetValue(compare.Name, out var own) || !cluster.Other.Disk.Groups.TryGetValue(compare.Name, out var other))
            return new StepResult.Refused($"{compare.Name} is gone.");
        if (!own.Volumes[run.Part].AsSpan().SequenceEqual(other.Volumes[run.Part])) world.Lost($"{compare.Name} differs between the sides");
        return ++run.Part < Disk.Volumes ? null : new StepResult.Compared(Disk.Volumes * Disk.Blocks, []);
    }

    private StepResult.Done? Delete(Run run, DeleteSnapshots delete)
    {
        if (run.Part < delete.Names.Count)
        {
            world.Checks.Leaves(cluster, delete.Names[run.Part]);
            Disk.Remove(delete.Names[run.Part]);
            run.Part++;
        }

        return run.Part >= delete.Names.Count ? new StepResult.Done() : null;
    }

    private StepResult? Stop(Run run, StopApplication stop)
    {
        switch (run.Part++)
        {
            case 0 when stop.RunHooks && cluster.HookFails:
                cluster.HookFails = false;
                return new StepResult.Refused("A pre-failover hook failed.");
            case 0:
                Disk.ScaleToZero();
                return null;
            case 1 when cluster.Unready:
                run.Part = 1;
                return stop.RunHooks ? null : new StepResult.NotYet("Pods are still ending.");
            default:
                Disk.EndPods();
                return new StepResult.Stopped([]);
        }
    }

    private StepResult.Done Start()
    {
        Disk.Start();
        return new StepResult.Done();
    }

    private StepResult.Done? MakeLive(Run run, MakeLive live)
    {
        Disk.MakeLive(run.Part++, live.Snapshot);
        return run.Part == Disk.Volumes ? new StepResult.Done() : null;
    }

    private StepResult.Done Apply(ApplyResources apply)
    {
        if (Disk.Pods != Pods.Running) world.Checks.StartsFrom(cluster, apply.Snapshot);
        Disk.Start();
        return new StepResult.Done();
    }

    private StepResult.Done? SetAside(Run run, SetLiveAside aside)
    {
        Disk.SetAside(run.Part++, aside.KeepAs);
        if (run.Part < Disk.Volumes) return null;
        world.Checks.SetAside(cluster, aside.KeepAs);
        return new StepResult.Done();
    }

    private StepResult Delete()
    {
        if (cluster.ApiDown) return new StepResult.Failed("The API server does not answer.");
        if (!cluster.Policy.Deleting) cluster.Edit(policy => policy with { Deleting = true });
        return new StepResult.Done();
    }

    private StepResult.Done? CleanUp(Run run, CleanUp cleanUp)
    {
        if (cleanUp.Role == MirrorRole.Secondary && Disk.HasLive) world.Lost($"{cluster.Name} cleans up as secondary but has live data");
        Disk.Clear(run.Part++);
        return run.Part == 3 ? new StepResult.Done() : null;
    }
}
