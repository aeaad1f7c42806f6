using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>How the way between two houses is drawn.</summary>
public enum PictureLinkLook
{
    /// <summary>Nothing has travelled on it yet.</summary>
    Waiting,

    /// <summary>It is used from time to time; nothing travels now.</summary>
    Quiet,

    /// <summary>Something travels now.</summary>
    Flowing,

    /// <summary>Its user has stopped it.</summary>
    Paused,

    /// <summary>Its direction is changing.</summary>
    Turning,

    /// <summary>Closed until somebody chooses whose data is kept.</summary>
    Blocked,

    /// <summary>Cut: the other side does not answer.</summary>
    Broken,

    /// <summary>It leads nowhere: the other side has no half of the relationship, or says that it is primary too.</summary>
    Severed,

    /// <summary>It is being taken away.</summary>
    Ending,
}

/// <summary>How a house's windows look: whether somebody is at home.</summary>
public enum PictureWindows
{
    /// <summary>The application does not run there.</summary>
    Dark,

    /// <summary>It runs.</summary>
    Lit,

    /// <summary>It is being started or stopped.</summary>
    Flickering,
}

/// <summary>The sentence that says what the picture shows.</summary>
public enum PictureCaption
{
    /// <summary>The controller has not taken the mirror up.</summary>
    NotTakenUp,

    /// <summary>Something stands in the way of the relationship.</summary>
    Hindered,

    /// <summary>The first copy is under way.</summary>
    Establishing,

    /// <summary>All is as wanted, nothing travels.</summary>
    Established,

    /// <summary>All is as wanted, a difference travels.</summary>
    Transferring,

    /// <summary>A side is taking over.</summary>
    FailingOver,

    /// <summary>A side took over; somebody has to choose.</summary>
    FailedOver,

    /// <summary>A side is being brought up to date after that.</summary>
    Resyncing,

    /// <summary>The sides are being swapped.</summary>
    Reversing,

    /// <summary>Its user has paused it.</summary>
    Paused,

    /// <summary>Paused before the first copy was complete.</summary>
    PausedEmpty,

    /// <summary>It is being ended.</summary>
    Deleting,

    /// <summary>The side that holds the copy does not answer.</summary>
    CopySilent,

    /// <summary>The side where the application runs does not answer; the other one could take over.</summary>
    PrimarySilent,

    /// <summary>The other side does not answer and no copy is complete.</summary>
    SilentEmpty,

    /// <summary>The other side answers but has no half of the relationship.</summary>
    HalfMissing,

    /// <summary>Both sides say that they are primary of the same epoch.</summary>
    BothPrimary,
}

/// <summary>How a lag stands to what is wanted.</summary>
public enum LagTone
{
    /// <summary>As new as wanted.</summary>
    InTime,

    /// <summary>Older than wanted.</summary>
    Late,

    /// <summary>More than twice as old as wanted.</summary>
    VeryLate,
}

/// <summary>One cluster as a house.</summary>
/// <param name="Side">What is known of it.</param>
/// <param name="IsHere">It is the cluster that shows the picture.</param>
/// <param name="IsHome">The application was configured to live there.</param>
/// <param name="IsStruck">It is out of use: another side took over.</param>
/// <param name="IsSilent">It does not answer; what is shown is what was last heard.</param>
/// <param name="IsMissing">It has no half of the relationship.</param>
/// <param name="Windows">Whether the application runs there.</param>
/// <param name="Volumes">Volumes it holds; 0 while it holds no complete copy.</param>
/// <param name="Bytes">Their size together, bytes.</param>
/// <param name="Pools">Pools that hold them, where that is known.</param>
public sealed record PictureHouse(
    MirrorSideView Side, bool IsHere, bool IsHome, bool IsStruck, bool IsSilent, bool IsMissing, PictureWindows Windows, int Volumes, long Bytes,
    IReadOnlyList<string> Pools);

/// <summary>The way between the houses.</summary>
/// <param name="Look">How it is drawn.</param>
/// <param name="ToRight">Data travels from left to right; false: from right to left; null: nowhere.</param>
/// <param name="LagSeconds">How far the copy is behind, seconds; null: there is none, or it says nothing now.</param>
/// <param name="Tone">How that stands to what is wanted.</param>
/// <param name="BytesPerSecond">Speed of what travels; 0 while not known.</param>
/// <param name="SecondsLeft">How long it still travels; null while not known.</param>
public sealed record PictureLink(PictureLinkLook Look, bool? ToRight, double? LagSeconds, LagTone Tone, double BytesPerSecond, double? SecondsLeft);

/// <summary>
/// A relationship as a picture: two houses next door and the way between them. The application's home is on the left on both clusters, so that
/// both pages look alike.
/// </summary>
/// <param name="Left">The application's home.</param>
/// <param name="Right">The house next door.</param>
/// <param name="Link">The way between them.</param>
/// <param name="Caption">What the picture says.</param>
/// <param name="From">Name of the cluster whose data counts; of this one while none does.</param>
/// <param name="To">Name of the other.</param>
public sealed record MirrorPicture(PictureHouse Left, PictureHouse Right, PictureLink Link, PictureCaption Caption, string From, string To)
{
    /// <summary>Derives the picture.</summary>
    public static MirrorPicture Of(MirrorView mirror)
    {
        var (left, right) = mirror.Home == mirror.Here.Cluster ? (mirror.Here, mirror.There) : (mirror.There, mirror.Here);
        var from = mirror.From ?? mirror.Here.Cluster;
        return new MirrorPicture(
            HouseOf(mirror, left), HouseOf(mirror, right), LinkOf(mirror, left.Cluster), CaptionOf(mirror), from,
            from == mirror.Here.Cluster ? mirror.There.Cluster : mirror.Here.Cluster);
    }

    /// <summary>How a lag stands to what is wanted: the same bounds as the health's.</summary>
    public static LagTone ToneOf(double lagSeconds, double wantedSeconds) =>
        lagSeconds > 2 * wantedSeconds ? LagTone.VeryLate : lagSeconds > wantedSeconds ? LagTone.Late : LagTone.InTime;

    private static bool IsHalfMissing(MirrorView m) => m.There is { HasMirror: false, Reachable: true } && m.Here.Role != MirrorRole.Unassigned;

    private static bool AreBothPrimary(MirrorView m) => m is { From: null, Here.Role: MirrorRole.Primary };

    private static PictureHouse HouseOf(MirrorView m, MirrorSideView side)
    {
        var isHere = side.Cluster == m.Here.Cluster;
        // A former primary that does not answer yet will learn of it as soon as it does.
        var struck = side.Role == MirrorRole.Fenced || (m.State is MirrorState.FailedOver && m.From is not null && side.Cluster != m.From);
        var holds = side.Role == MirrorRole.Primary || struck || (isHere ? m.Snapshots.Count > 0 : m.SnapshotsThere.Count > 0);
        return new PictureHouse(
            side, isHere, side.Cluster == m.Home, struck, !isHere && !side.Reachable, !isHere && IsHalfMissing(m), WindowsOf(m, side, isHere),
            holds ? m.Volumes.Count : 0, holds ? m.Volumes.Sum(v => v.SizeBytes) : 0,
            isHere ? [.. m.Volumes.Select(v => v.Pool).Distinct(StringComparer.Ordinal)] : []);
    }

    private static PictureWindows WindowsOf(MirrorView m, MirrorSideView side, bool isHere) => side.Application switch
    {
        _ when isHere && m.Operation is { Promotion: not null } => PictureWindows.Flickering,
        ApplicationRun.Running => PictureWindows.Lit,
        ApplicationRun.Stopping or ApplicationRun.Starting => PictureWindows.Flickering,
        _ => PictureWindows.Dark,
    };

    private static PictureLink LinkOf(MirrorView m, string left)
    {
        var look = LookOf(m);
        var flows = look is PictureLinkLook.Flowing or PictureLinkLook.Turning;
        var toRight = m.From is null || look is PictureLinkLook.Blocked or PictureLinkLook.Severed or PictureLinkLook.Ending ? (bool?)null : m.From == left;
        // Where nothing is replicated, what would be behind says nothing.
        var saysNothing = look == PictureLinkLook.Severed || m.State is MirrorState.Deleting or MirrorState.FailedOver or MirrorState.FailingOver;
        return new PictureLink(
            look, toRight, saysNothing ? null : m.LagSeconds, ToneOf(m.LagSeconds ?? 0, m.WantedRpoSeconds), flows ? m.Transfer?.Total.BytesPerSecond ?? 0 : 0,
            flows ? m.Transfer?.Total.SecondsLeft : null);
    }

    private static PictureLinkLook LookOf(MirrorView m)
    {
        if (m.State == MirrorState.Deleting)
            return PictureLinkLook.Ending;
        if (AreBothPrimary(m) || IsHalfMissing(m))
            return PictureLinkLook.Severed;
        if (m.Here.Role == MirrorRole.Unassigned)
            return PictureLinkLook.Waiting;
        if (!m.There.Reachable)
            return PictureLinkLook.Broken;
        var pulling = m.Transfer is { Stage: MirrorSyncStage.Pulling or MirrorSyncStage.Committing };
        return m.State switch
        {
            MirrorState.FailedOver or MirrorState.FailingOver => PictureLinkLook.Blocked,
            MirrorState.Paused => PictureLinkLook.Paused,
            MirrorState.Reversing => pulling ? PictureLinkLook.Flowing : PictureLinkLook.Turning,
            _ when pulling => PictureLinkLook.Flowing,
            MirrorState.Established => PictureLinkLook.Quiet,
            _ => PictureLinkLook.Waiting,
        };
    }

    private static PictureCaption CaptionOf(MirrorView m)
    {
        if (m.State == MirrorState.Deleting)
            return PictureCaption.Deleting;
        if (!m.TakenUp)
            return PictureCaption.NotTakenUp;
        if (m.Problems.Count > 0 && m.Here.Role == MirrorRole.Unassigned)
            return PictureCaption.Hindered;
        if (AreBothPrimary(m))
            return PictureCaption.BothPrimary;
        if (IsHalfMissing(m))
            return PictureCaption.HalfMissing;
        return m.State switch
        {
            MirrorState.FailingOver => PictureCaption.FailingOver,
            MirrorState.FailedOver => PictureCaption.FailedOver,
            _ when !m.There.Reachable && m.Here.Role != MirrorRole.Unassigned => Silent(m),
            MirrorState.Paused => m.LagSeconds is null ? PictureCaption.PausedEmpty : PictureCaption.Paused,
            MirrorState.Resyncing => PictureCaption.Resyncing,
            MirrorState.Reversing => PictureCaption.Reversing,
            MirrorState.Established when m.LagSeconds is not null => m.Transfer is null ? PictureCaption.Established : PictureCaption.Transferring,
            _ => PictureCaption.Establishing,
        };
    }

    private static PictureCaption Silent(MirrorView m) =>
        m.LagSeconds is null ? PictureCaption.SilentEmpty : m.From == m.Here.Cluster ? PictureCaption.CopySilent : PictureCaption.PrimarySilent;
}
