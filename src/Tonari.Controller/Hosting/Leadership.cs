namespace Tonari.Controller.Hosting;

/// <summary>Whether this process leads: only then does it reconcile and answer neighbours.</summary>
internal sealed class Leadership
{
    private volatile bool _isLeader;

    /// <summary>It leads now.</summary>
    public bool IsLeader => _isLeader;

    /// <summary>Set by the election alone.</summary>
    public void Set(bool leads) => _isLeader = leads;
}
