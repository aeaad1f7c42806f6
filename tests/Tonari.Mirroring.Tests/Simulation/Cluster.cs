namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>Who writes a status.</summary>
internal enum Writer : byte
{
    /// <summary>This side's own worker.</summary>
    Worker,

    /// <summary>The gateway, for the peer.</summary>
    Peer,
}

/// <summary>One reading of the object, as old as its version.</summary>
internal readonly record struct Reading(bool Exists, MirrorPolicy Policy, MirrorStatus Status, long Version);

/// <summary>One cluster: an API server with optimistic writes, an informer that lags behind it, a controller that a crash wipes out, and disks.</summary>
internal sealed class Cluster
{
    private readonly World world;
    private readonly TimeSpan skew;
    private readonly double drift;
    private Reading server;
    private long said;

    public Cluster(World world, int index, Setup setup)
    {
        this.world = world;
        Index = index;
        var blue = index == 0;
        Name = blue ? "blue" : "green";
        skew = TimeSpan.FromMilliseconds(blue ? setup.Skew.Blue : setup.Skew.Green);
        drift = (blue ? setup.Drift.Blue : setup.Drift.Green) / 1e6;
        var policy = new MirrorPolicy
        {
            MirrorId = "simulation",
            Application = "shop",
            LocalCluster = Name,
            PeerCluster = blue ? "green" : "blue",
            InitialRole = blue ? MirrorRole.Primary : MirrorRole.Secondary,
            Schedule = TimeSpan.FromSeconds(setup.Schedule),
            VerifySchedule = setup.Verify == 0 ? null : TimeSpan.FromSeconds(setup.Verify),
            WantedRpo = TimeSpan.FromSeconds(2 * setup.Schedule),
            Retain = setup.Retain,
            OnFenced = setup.Warn ? FencedAction.Warn : FencedAction.Stop,
        };
        server = Informed = new Reading(true, policy, new MirrorStatus(), 1);
        Disk = new Disk(world, this);
        Views = new Views(world);
        Controller = new Controller(world, this);
        Serving = new Serving(world, this);
    }

    public int Index { get; }

    public string Name { get; }

    public Cluster Other => world.Clusters[1 - Index];

    public Disk Disk { get; }

    public Views Views { get; }

    public Controller Controller { get; }

    public Serving Serving { get; }

    /// <summary>What the informer has seen.</summary>
    public Reading Informed { get; private set; }

    public MirrorStatus Status => server.Status;

    public MirrorPolicy Policy => server.Policy;

    public bool Exists => server.Exists;

    /// <summary>Deleted by force: the peer is told when it comes back.</summary>
    public bool Tombstone { get; private set; }

    public bool ApiDown { get; set; }

    public bool HookFails { get; set; }

    public bool Unready { get; set; }

    public bool LoseReply { get; set; }

    /// <summary>What becomes of the next data that arrives: 0 nothing, 1 corrupted, 2 truncated.</summary>
    public int Corrupt { get; set; }

    public DateTimeOffset AwayUntil { get; set; }

    public bool Away => world.Now < AwayUntil;

    public DateTimeOffset Clock => world.Now + skew + ((world.Now - World.Beginning) * drift);

    /// <summary>Whether there is something that the other side has not been told.</summary>
    public bool HasNews => said != Informed.Version;

    public Reading Read() => server;

    /// <summary>The informer catches up.</summary>
    public void Watch()
    {
        if (ApiDown || Informed.Version == server.Version) return;
        Informed = server;
        Controller.Observe(server);
    }

    /// <summary>A user, or the peer in the user's name, changes the spec.</summary>
    public void Edit(Func<MirrorPolicy, MirrorPolicy> change) =>
        server = server with { Policy = change(server.Policy), Version = server.Version + 1 };

    /// <summary>Writes the status if nobody has written since <paramref name="basis"/>.</summary>
    public bool TryWrite(long basis, MirrorStatus next, string why, Writer writer)
    {
        if (!server.Exists || basis != server.Version) return false;
        world.Checks.Written(this, server.Status, next, writer);
        if (world.Tells) Report(next, why);
        server = server with { Status = next, Version = server.Version + 1 };
        return true;
    }

    /// <summary>The object goes; where the peer could not be told, a tombstone stays.</summary>
    public bool TryRemove(long basis)
    {
        if (basis != server.Version) return false;
        Tombstone = !server.Status.PeerToldOfDeletion;
        server = server with { Exists = false, Version = server.Version + 1 };
        world.Tell($"{Name}: the object is gone");
        return true;
    }

    /// <summary>What is told of this side now: as old as its informer.</summary>
    public PeerView Say()
    {
        if (!Informed.Exists) return new PeerView { Deleted = Tombstone };
        var status = Informed.Status;
        var finished = status.History.LastOrDefault(record => !SnapshotNames.TryParse(record.Id, out _, out _));
        return new PeerView
        {
            HasMirror = true,
            Role = status.Role,
            Epoch = status.Epoch,
            Snapshots = [.. status.Snapshots.Select(snapshot => snapshot.Name)],
            Application = status.Application,
            ApplicationSince = status.ApplicationSince,
            HoldOperation = status.Hold?.OperationId,
            HandoverOperation = status.HandoverOperation,
            Paused = Informed.Policy.Paused,
            Verification = status is { Role: MirrorRole.Secondary, Verification: { } running } ? new PeerVerification(running.Snapshot, 0, 0) : null,
            OperationId = status.Operation?.Request.Id,
            OperationStage = status.Operation?.Stage.ToString(),
            Finished = finished is null ? null : new FinishedOperation(finished.Id, finished.Succeeded, finished.Message),
        };
    }

    /// <summary>Begins an exchange of views; whether it did.</summary>
    public bool Exchange()
    {
        if (Away || !Informed.Exists || world.Network.Cut) return false;
        var call = world.Network.NewCall();
        if (!Views.Ask(call)) return false;
        said = Informed.Version;
        world.Network.Post(new ViewSaid(Other, call, Say()));
        return true;
    }

    public void Receive(Letter letter)
    {
        if (Away)
        {
            Other.Controller.Break(letter.Call);
            return;
        }

        switch (letter)
        {
            case Request request:
                Serving.Receive(request);
                break;
            case Answer answer:
                Controller.Answered(answer);
                break;
            case ViewSaid said:
                if (Informed.Exists) Views.Heard(said.View);
                world.Network.Post(new ViewAnswered(Other, said.Call, Say()));
                break;
            case ViewAnswered answered:
                Views.Answered(answered.Call, answered.View);
                break;
        }
    }

    /// <summary>The controller is killed; what its agent had begun for it is finished, or not.</summary>
    public void Crash(bool agentFinishes)
    {
        Views.Forget();
        Serving.Crash(agentFinishes);
        Controller.Crash();
        if (!ApiDown) Informed = server;
    }

    private void Report(MirrorStatus next, string why)
    {
        var before = server.Status;
        var told = false;
        foreach (var record in next.History.Where(record => !before.History.Contains(record)))
        {
            world.Tell($"{Name}: {record.Type} {record.Id} {(record.Succeeded ? "succeeded" : "failed")}: {record.Message}");
            told = true;
        }

        if (next.Role != before.Role || next.Epoch != before.Epoch || next.Operation?.Stage != before.Operation?.Stage
            || next.Promotion?.Stage != before.Promotion?.Stage || next.Application != before.Application || next.Hold?.OperationId != before.Hold?.OperationId)
            world.Tell($"{Name}: {why} -> {next.Role} of epoch {next.Epoch}, application {next.Application}{Operation(next)}{(next.Hold is { } hold ? $", held for {hold.OperationId}" : "")}");
        else if (!told && next.Snapshots.Count != before.Snapshots.Count)
            world.Tell($"{Name}: {why} -> holds {string.Join(", ", next.Snapshots.Select(snapshot => snapshot.Name))}");
    }

    private static string Operation(MirrorStatus status) => status.Operation is { } operation
        ? $", {operation.Request.Type} {operation.Request.Id} {operation.Stage}"
        : "";
}
