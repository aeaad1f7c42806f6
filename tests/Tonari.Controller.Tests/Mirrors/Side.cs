using Tonari.Controller.Mirrors;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

/// <summary>One cluster in memory: the object, the volumes (a text instead of an image) and whether the application runs.</summary>
internal sealed class Side(string name, string peer, MirrorRole role)
{
    private readonly Lock _lock = new();
    private long _version = 1;
    private MirrorPolicy? _policy = new()
    {
        MirrorId = "abcdefghij",
        Application = "shop",
        LocalCluster = name,
        PeerCluster = peer,
        InitialRole = role,
        Schedule = TimeSpan.FromMinutes(5),
    };

    private MirrorStatus _status = new();

    public string Name { get; } = name;

    public string? Live { get; set; }

    public Dictionary<string, string> Snapshots { get; } = [];

    public Dictionary<string, string> Staged { get; } = [];

    public bool Running { get; set; }

    public bool PeerDeleted { get; set; }

    public int Writes { get; private set; }

    public MirrorStatus Status => In(() => _status);

    public MirrorPolicy? Policy => In(() => _policy);

    public (MirrorPolicy? Policy, MirrorStatus Status, long Version) Object => In(() => (_policy, _status, _version));

    /// <summary>What this side's worker is told when something changed here or there.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>The user edits the object.</summary>
    public void Edit(Func<MirrorPolicy, MirrorPolicy> edit)
    {
        In(() => (_policy, _version) = (edit(_policy!), _version + 1));
        Changed();
    }

    /// <summary>Somebody other than the worker (the gateway) writes the status.</summary>
    public T Update<T>(Func<MirrorPolicy, MirrorStatus, (MirrorStatus Status, T Answer)> change)
    {
        var answer = In(() =>
        {
            var (status, given) = change(_policy!, _status);
            if (status != _status) (_status, _version) = (status, _version + 1);
            return given;
        });
        Changed();
        return answer;
    }

    public WriteOutcome Write(long basis, MirrorStatus status)
    {
        var outcome = In(() =>
        {
            if (_policy is null) return WriteOutcome.Gone;
            if (basis != _version) return WriteOutcome.Conflict;
            if (status == _status) return WriteOutcome.Unchanged;
            (_status, _version) = (status, _version + 1);
            Writes++;
            return WriteOutcome.Written;
        });
        if (outcome == WriteOutcome.Written) Changed();
        return outcome;
    }

    /// <summary>The object is removed.</summary>
    public void Remove()
    {
        In(() => _policy = null);
        Changed();
    }

    public T In<T>(Func<T> action)
    {
        lock (_lock) return action();
    }
}
