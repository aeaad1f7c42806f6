namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// What one side does for its peer. Small questions are answered at once, from the API server and not from a copy; a group snapshot is taken in
/// parts, each of which may be the last thing that happens before a crash.
/// </summary>
internal sealed class Serving(World world, Cluster cluster)
{
    private readonly List<(Request Request, int Part)> taking = [];

    public void Receive(Request request)
    {
        if (!cluster.Exists)
        {
            Reply(request, null);
            return;
        }

        if (cluster.ApiDown)
        {
            Reply(request, new StepResult.Failed($"{cluster.Name} failed: its API server does not answer."));
            return;
        }

        switch (request.Step)
        {
            case RequestSnapshot:
                if (Refusal(request) is { } refusal) Reply(request, new StepResult.Failed(refusal));
                else if (world.Rules.RefusalToTake(cluster.Status, Name(request)) is { } past) Reply(request, new StepResult.Refused(past));
                else taking.Add((request, 0));
                break;
            case HoldPeer hold:
                var (status, granted, message) = world.Rules.Hold(cluster.Policy, cluster.Status, hold, cluster.Clock);
                Write(status, $"asked to hold for {hold.OperationId}");
                Reply(request, new StepResult.HoldAnswered(granted, message, default));
                break;
            case ReleasePeerHold release:
                Write(world.Rules.Release(cluster.Status, release.OperationId), $"released from {release.OperationId}");
                Reply(request, new StepResult.Done());
                break;
            case ForwardOperation forward:
                if (cluster.Policy.Operation?.Id != forward.Request.Id)
                    cluster.Edit(policy => policy with { Operation = forward.Request with { Forwarded = true } });
                Reply(request, new StepResult.Done());
                break;
            case TellPeerOfDeletion:
                if (!cluster.Policy.Deleting) cluster.Edit(policy => policy with { Deleting = true });
                Reply(request, new StepResult.Done());
                break;
        }
    }

    /// <summary>One part of taking a group snapshot; whether there was one.</summary>
    public bool Act()
    {
        if (cluster.Away || taking.Count == 0) return false;
        var (request, part) = taking[0];
        var name = Name(request);
        if (part == 0 && !cluster.Disk.Groups.ContainsKey(name))
        {
            if (cluster.HookFails || !cluster.Disk.AllLive)
            {
                cluster.HookFails = false;
                Finish(request, new StepResult.Failed("A pre-snapshot hook failed, or a volume is missing."));
                return true;
            }

            cluster.Disk.Frozen = true;
            taking[0] = (request, 1);
        }
        else if (part == 1)
        {
            Take(name);
            taking[0] = (request, 2);
        }
        else
        {
            Finish(request, Record(request, name));
        }

        return true;
    }

    /// <summary>The controller dies. The agent finishes what it was asked for, or the freeze guard thaws for it.</summary>
    public void Crash(bool agentFinishes)
    {
        if (agentFinishes && cluster.Disk.Frozen) Take(Name(taking[0].Request));
        cluster.Disk.Frozen = false;
        foreach (var (request, _) in taking) cluster.Other.Controller.Break(request.Call);
        taking.Clear();
    }

    private void Take(string name)
    {
        cluster.Disk.Frozen = false;
        if (!cluster.Disk.AllLive) return; // Set aside meanwhile.
        cluster.Disk.Take(name, cluster.Clock);
        world.Checks.Taken(cluster, name);
    }

    private StepResult Record(Request request, string name)
    {
        if (cluster.ApiDown) return new StepResult.Failed($"{cluster.Name} failed: its API server does not answer.");
        if ((cluster.Exists ? Refusal(request) : "The mirror has just been deleted here.") is { } refusal)
        {
            cluster.Disk.Undo(name);
            return new StepResult.Failed(refusal);
        }

        if (world.Rules.RefusalToTake(cluster.Status, name) is { } past)
        {
            cluster.Disk.Undo(name);
            return new StepResult.Refused(past);
        }

        if (!cluster.Disk.Groups.TryGetValue(name, out var group)) return new StepResult.Failed($"{name} is gone again.");
        world.Checks.Serves(cluster, name, MustBeStopped(request));
        Write(world.Rules.SnapshotTaken(cluster.Status, new MirrorSnapshot(name, group.TakenAt, cluster.Clock)), $"took {name}");
        cluster.Disk.RemoveForgotten(name);
        return new StepResult.SnapshotTaken(group.TakenAt, 1);
    }

    private void Write(MirrorStatus next, string why)
    {
        if (next != cluster.Status) cluster.TryWrite(cluster.Read().Version, next, why, Writer.Peer);
    }

    private string? Refusal(Request request) =>
        !SnapshotNames.TryParse(Name(request), out var epoch, out _) || epoch != request.Epoch ? "This is not a name of a group snapshot of this epoch." : world.Rules.RefusalToServe(cluster.Policy, cluster.Status, request.Epoch, MustBeStopped(request), cluster.Clock);

    private void Finish(Request request, StepResult result)
    {
        taking.RemoveAt(0);
        Reply(request, result);
    }

    private void Reply(Request request, StepResult? result) => world.Network.Post(new Answer(cluster.Other, request.Call, result));

    private static string Name(Request request) => ((RequestSnapshot)request.Step).Name;

    private static bool MustBeStopped(Request request) => ((RequestSnapshot)request.Step).RequireStopped;
}
