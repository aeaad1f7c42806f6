namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What the steps do to the simulated world. Each is idempotent, as the real ones must be.</summary>
internal sealed class Effects(World world, SimulatedSide side)
{
    private readonly Store store = side.Store;
    private readonly SimulatedSide other = world.Other(side);

    public StepResult Run(MirrorStep step) =>
        (world.Cut || !other.Exists)
            && step is PrepareRelationship or RequestSnapshot or PullGroup or HoldPeer or ReleasePeerHold or ForwardOperation or TellPeerOfDeletion
            ? new StepResult.Failed($"{other.Name} cannot be reached.")
            : Reached(step);

    private StepResult Reached(MirrorStep step) => step switch
    {
        RequestSnapshot request => TakeThere(request),
        PullGroup pull => Pull(pull),
        CommitGroup commit => Commit(commit),
        DeleteSnapshots delete => Drop(delete),
        StopApplication => Stop(),
        StartApplication => Start(),
        HoldPeer hold => Hold(hold),
        ReleasePeerHold release => Release(release),
        MakeLive live => MakeLive(live),
        ApplyResources => Start(),
        SetLiveAside aside => SetAside(aside),
        ForwardOperation forward => Forward(forward),
        TellPeerOfDeletion => TellDeletion(),
        DeleteObject => Delete(),
        CleanUp cleanUp => CleanUp(cleanUp),
        RunHooks => new StepResult.HooksRan([], Abort: false),
        _ => new StepResult.Done(),
    };

    private StepResult TakeThere(RequestSnapshot request)
    {
        var refusal = PeerRequests.RefusalToServe(other.Policy, other.Status, side.Status.Epoch, request.RequireStopped, world.Clock(other));
        if (refusal is not null) return new StepResult.Failed(refusal);
        if (!other.Store.Snapshots.ContainsKey(request.Name))
        {
            if (other.Store.Live is not { } live) return new StepResult.Failed("no live volumes");
            if (request.RequireStopped && other.Store.ApplicationRuns) world.Lost("a final snapshot was taken of a running application");
            other.Store.Snapshots[request.Name] = live;
        }

        var taken = new MirrorSnapshot(request.Name, world.Clock(other), world.Clock(other));
        world.Write(other, PeerRequests.SnapshotTaken(other.Status, taken, []), $"took {request.Name}");
        return new StepResult.SnapshotTaken(taken.TakenAt, 1);
    }

    private StepResult Pull(PullGroup pull)
    {
        if (!other.Store.Snapshots.TryGetValue(pull.Name, out var content)) return new StepResult.Refused($"{pull.Name} is gone");
        if (pull.Base is { } from && !other.Store.Snapshots.ContainsKey(from)) return new StepResult.Refused($"{from} is gone");
        if (pull.Base is { } here && !store.Snapshots.ContainsKey(here)) world.Lost($"{side.Name} pulls from {here}, which it does not hold");
        store.Staged = (pull.Name, content);
        return new StepResult.Pulled(content.Count, []);
    }

    private StepResult Commit(CommitGroup commit)
    {
        if (store.Snapshots.ContainsKey(commit.Name)) return new StepResult.Done();
        if (store.Staged is not { } staged || staged.Name != commit.Name) return new StepResult.Failed("nothing is staged");
        store.Snapshots[commit.Name] = staged.Content;
        store.Staged = null;
        return new StepResult.Done();
    }

    private StepResult.Done Drop(DeleteSnapshots delete)
    {
        foreach (var name in delete.Names)
        {
            store.Snapshots.Remove(name);
            store.Diverged.Remove(name);
        }

        return new StepResult.Done();
    }

    private StepResult.Stopped Stop()
    {
        store.ApplicationRuns = false;
        return new StepResult.Stopped([]);
    }

    private StepResult.Done Start()
    {
        if (store.Live is null) world.Lost($"{side.Name} starts an application without volumes");
        store.ApplicationRuns = true;
        return new StepResult.Done();
    }

    private StepResult.HoldAnswered Hold(HoldPeer hold)
    {
        var (status, granted, message) =
            PeerRequests.Hold(other.Policy, other.Status, hold.OperationId, hold.Epoch, hold.Duration, world.Clock(other));
        world.Write(other, status, $"hold for {hold.OperationId}: {granted} {message}");
        return new StepResult.HoldAnswered(granted, message, side.AskedAt[hold.Key]);
    }

    private StepResult.Done Release(ReleasePeerHold release)
    {
        world.Write(other, PeerRequests.Release(other.Status, release.OperationId), $"released {release.OperationId}");
        return new StepResult.Done();
    }

    private StepResult MakeLive(MakeLive live)
    {
        if (store.LiveOrigin == live.Snapshot) return new StepResult.Done();
        if (store.Live is not null) world.Lost($"{side.Name} would overwrite live data with {live.Snapshot}");
        if (!store.Snapshots.TryGetValue(live.Snapshot, out var content))
        {
            world.Lost($"{side.Name} promotes from {live.Snapshot}, which it does not hold");
            return new StepResult.Failed("");
        }

        store.Live = content;
        store.LiveOrigin = live.Snapshot;
        return new StepResult.Done();
    }

    private StepResult.Done SetAside(SetLiveAside aside)
    {
        if (store.ApplicationRuns) world.Lost($"{side.Name} sets the volumes of a running application aside");
        if (store.Live is { } live)
        {
            store.Diverged[aside.KeepAs] = live;
            if (side.Status.Demotion is { Covered: true } && !other.Store.Snapshots.Values.Any(content => live.SequenceEqual(content)))
                world.Lost($"{side.Name} calls its live data covered, and no group snapshot of {other.Name} holds it");
        }

        store.Live = null;
        store.LiveOrigin = null;
        return new StepResult.Done();
    }

    private StepResult.Done Forward(ForwardOperation forward)
    {
        other.Policy = other.Policy with { Operation = forward.Request with { Forwarded = true } };
        return new StepResult.Done();
    }

    private StepResult.Done TellDeletion()
    {
        other.Policy = other.Policy with { Deleting = true };
        return new StepResult.Done();
    }

    private StepResult.Done Delete()
    {
        side.Policy = side.Policy with { Deleting = true };
        return new StepResult.Done();
    }

    private StepResult.Done CleanUp(CleanUp cleanUp)
    {
        store.Snapshots.Clear();
        store.Diverged.Clear();
        store.Staged = null;
        if (cleanUp.Role == MirrorRole.Secondary && store.Live is not null) world.Lost($"{side.Name} cleans up as secondary but has live data");
        return new StepResult.Done();
    }
}
