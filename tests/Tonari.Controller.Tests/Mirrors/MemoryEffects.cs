using Tonari.Controller.Mirrors;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

/// <summary>The steps of one side, done to the world in memory. A test may put its own way of doing a step in front.</summary>
internal sealed class MemoryEffects(World world, Side side, Side peer, Incarnation life) : IMirrorEffects
{
    public Func<MirrorStep, StepContext, CancellationToken, Task<StepResult?>> Instead { get; set; } =
        (_, _, _) => Task.FromResult<StepResult?>(null);

    public async Task<StepResult> RunAsync(MirrorStep step, StepContext context, CancellationToken ct)
    {
        life.Pass($"before \"{step.Key}\" on {side.Name}");
        world.Began(side, step);
        var result = await Instead(step, context, ct) ?? Do(step);
        life.Pass($"after \"{step.Key}\" on {side.Name}");
        return result;
    }

    private StepResult Do(MirrorStep step) => step switch
    {
        PrepareRelationship or TellPeerOfDeletion or RequestSnapshot or PullGroup or HoldPeer or ReleasePeerHold or ForwardOperation =>
            world.LinkUp ? Across(step) : new StepResult.Failed($"{peer.Name} does not answer."),
        _ => side.In(() => Here(step)),
    };

    private StepResult Across(MirrorStep step)
    {
        var now = world.Time.GetUtcNow();
        switch (step)
        {
            case RequestSnapshot request:
                return Request(request, now);
            case PullGroup pull:
                if (!peer.Snapshots.TryGetValue(pull.Name, out var data)) return new StepResult.Refused($"{pull.Name} is not there.");
                side.In(() => side.Staged[pull.Name] = data);
                return new StepResult.Pulled(100, [new MirrorVolume("shop/data", "pvc-1", $"{side.Name}-main", 4096, null)]);
            case HoldPeer hold:
                var (granted, message) = peer.Update((policy, status) =>
                {
                    var answer = PeerRequests.Hold(policy, status, hold.OperationId, hold.Epoch, hold.Duration, now);
                    return (answer.Status, (answer.Granted, answer.Message));
                });
                return new StepResult.HoldAnswered(granted, message, now);
            case ReleasePeerHold release:
                return peer.Update((_, status) => (PeerRequests.Release(status, release.OperationId), new StepResult.Done()));
            case ForwardOperation forward:
                peer.Edit(policy => policy with { Operation = forward.Request with { Forwarded = true } });
                return new StepResult.Done();
            case TellPeerOfDeletion:
                peer.PeerDeleted = true;
                return new StepResult.Done();
            default:
                return new StepResult.Done();
        }
    }

    private StepResult Request(RequestSnapshot request, DateTimeOffset now) => peer.Update<StepResult>((policy, status) =>
    {
        if (PeerRequests.RefusalToServe(policy, status, side.Status.Epoch, request.RequireStopped, now) is { } refusal)
            return (status, new StepResult.Refused(refusal));
        if (request.RequireStopped) peer.Running.ShouldBeFalse();
        peer.Snapshots.TryAdd(request.Name, peer.Live ?? throw new InvalidOperationException($"{peer.Name} has no live data."));
        return (PeerRequests.SnapshotTaken(status, new MirrorSnapshot(request.Name, now, now), []), new StepResult.SnapshotTaken(now, 5));
    });

    private StepResult Here(MirrorStep step)
    {
        switch (step)
        {
            case CommitGroup commit:
                if (side.Staged.Remove(commit.Name, out var staged)) side.Snapshots[commit.Name] = staged;
                side.Snapshots.ShouldContainKey(commit.Name);
                break;
            case DeleteSnapshots delete:
                foreach (var name in delete.Names) side.Snapshots.Remove(name);
                break;
            case StopApplication:
                side.Running = false;
                return new StepResult.Stopped([]);
            case StartApplication or ApplyResources:
                world.StartApplication(side);
                break;
            case MakeLive make:
                side.Live ??= side.Snapshots[make.Snapshot];
                break;
            case SetLiveAside aside:
                side.Running.ShouldBeFalse();
                if (side.Live is { } live) side.Snapshots[aside.KeepAs] = live;
                side.Live = null;
                break;
            case RunHooks:
                return new StepResult.HooksRan([], Abort: false);
        }

        return new StepResult.Done();
    }
}
