namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// Every acknowledged write, numbered from 1, and the write it replaced in its block. A kept image holds a write if it has that write, or a later
/// one that replaced it in the same line of history.
/// </summary>
internal sealed class Ledger
{
    private readonly List<int> replaced = [0];
    private readonly List<bool> released = [false];

    public int Count => replaced.Count - 1;

    /// <summary>Notes a write over <paramref name="before"/> and gives its number.</summary>
    public int Add(int before)
    {
        replaced.Add(before);
        released.Add(false);
        return replaced.Count - 1;
    }

    /// <summary>Whether a block with the version <paramref name="kept"/> holds the write <paramref name="wanted"/>.</summary>
    public bool Holds(int kept, int wanted)
    {
        while (kept > wanted) kept = replaced[kept];
        return kept == wanted;
    }

    /// <summary>The retention of data that holds this write has ended: it may go for good.</summary>
    public void Release(int write)
    {
        for (; write != 0 && !released[write]; write = replaced[write]) released[write] = true;
    }

    public bool IsReleased(int write) => write == 0 || released[write];
}
