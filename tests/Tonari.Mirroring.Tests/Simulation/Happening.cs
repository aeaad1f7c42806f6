namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What can happen to a pair of clusters. A history is a list of these, so that a failing one can be cut down to what matters.</summary>
internal enum HappeningKind : byte
{
    /// <summary>One turn of a mirror's worker: decide, write, note, start or cancel.</summary>
    Turn,

    /// <summary>One part of one running step, or of a request that is being served.</summary>
    Act,

    /// <summary>A letter arrives; not always the oldest one.</summary>
    Deliver,

    /// <summary>One side begins an exchange of views.</summary>
    Exchange,

    /// <summary>An informer catches up with its API server.</summary>
    Watch,

    /// <summary>The application writes a block and is told that it is durable.</summary>
    Write,

    /// <summary>Everything goes on for a few rounds, as far as present faults let it.</summary>
    Flow,

    /// <summary>Something that is broken is mended, as somebody would sooner or later.</summary>
    Mend,

    /// <summary>Fault: a controller is killed and starts again at once.</summary>
    Crash,

    /// <summary>Fault: a controller is killed and stays away for a while.</summary>
    Absence,

    /// <summary>Fault: a node agent is killed in the middle of what it does.</summary>
    Reboot,

    /// <summary>Fault: the link between the clusters is cut, or comes back.</summary>
    Toggle,

    /// <summary>Fault: a letter is lost, and its connection breaks.</summary>
    Drop,

    /// <summary>Fault: a letter will arrive twice.</summary>
    Duplicate,

    /// <summary>Fault: a letter gets stuck somewhere and arrives up to two minutes later.</summary>
    Delay,

    /// <summary>Fault: what arrives next in a transfer is corrupted or truncated.</summary>
    Corrupt,

    /// <summary>Fault: an API server goes away, or comes back.</summary>
    Outage,

    /// <summary>Fault: the next status write succeeds, and its writer is not told.</summary>
    LoseReply,

    /// <summary>Fault: the next pre-failover or pre-snapshot hook fails.</summary>
    HookFails,

    /// <summary>Fault: pods of one side do not become ready, or end, for a while.</summary>
    Unready,

    /// <summary>Fault: nothing gets a turn for seconds to minutes.</summary>
    Jump,

    /// <summary>A user asks for an operation.</summary>
    Command,

    /// <summary>A user pauses or resumes.</summary>
    Pause,

    /// <summary>A user changes the schedule, the retention or what fencing does.</summary>
    Edit,

    /// <summary>A user deletes the relationship on one side, sometimes by force.</summary>
    Delete,
}

/// <summary>One thing that happens.</summary>
/// <param name="Kind">What.</param>
/// <param name="Side">Where: 0 is blue, 1 is green.</param>
/// <param name="Millis">Time that passes before it, milliseconds.</param>
/// <param name="Choice">Which one of several possibilities; each kind reads it in its own way.</param>
internal readonly record struct Happening(HappeningKind Kind, byte Side, ushort Millis, ushort Choice)
{
    public bool IsFault => Kind is >= HappeningKind.Crash and <= HappeningKind.Jump;

    public bool IsCommand => Kind >= HappeningKind.Command;

    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"after {Millis} ms {Kind} on {(Side == 0 ? "blue" : "green")} ({Choice})");
}
