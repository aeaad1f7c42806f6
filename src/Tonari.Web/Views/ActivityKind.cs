namespace Tonari.Web.Views;

/// <summary>What somebody did.</summary>
public enum ActivityKind
{
    /// <summary>One sync of a mirror, outside the schedule or, by Tonari itself, within it.</summary>
    Sync,

    /// <summary>Stopped a running transfer.</summary>
    CancelTransfer,

    /// <summary>Started the application on the secondary without asking the primary.</summary>
    FailOver,

    /// <summary>Chose whose data is kept.</summary>
    Resync,

    /// <summary>Swapped the sides as planned.</summary>
    Reverse,

    /// <summary>Brought the application home.</summary>
    FailBack,

    /// <summary>Had the replica compared with its primary.</summary>
    Verify,

    /// <summary>Began to replicate an application, or changed how it is replicated.</summary>
    Configure,

    /// <summary>Let a mirror start no more syncs.</summary>
    Pause,

    /// <summary>Let a paused mirror go on.</summary>
    Resume,

    /// <summary>Ended a replication.</summary>
    EndReplication,

    /// <summary>Defined an application.</summary>
    DefineApplication,

    /// <summary>Changed what an application is.</summary>
    ChangeApplication,

    /// <summary>Forgot an application; its objects stay.</summary>
    DeleteApplication,

    /// <summary>Took a snapshot.</summary>
    TakeSnapshot,

    /// <summary>Deleted a snapshot.</summary>
    DeleteSnapshot,

    /// <summary>Made a hook.</summary>
    CreateHook,

    /// <summary>Changed a hook.</summary>
    ChangeHook,

    /// <summary>Deleted a hook.</summary>
    DeleteHook,

    /// <summary>Made a token for another cluster.</summary>
    Invite,

    /// <summary>Accepted another cluster's token.</summary>
    Join,

    /// <summary>Parted with a neighbour.</summary>
    RemovePeer,

    /// <summary>Let volumes be made in a pool.</summary>
    ManagePool,

    /// <summary>Let no more volumes be made in a pool.</summary>
    UnmanagePool,

    /// <summary>Signed in.</summary>
    SignIn,

    /// <summary>Signed out.</summary>
    SignOut,
}
