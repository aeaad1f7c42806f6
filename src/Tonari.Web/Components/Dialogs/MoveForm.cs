namespace Tonari.Web.Components.Dialogs;

/// <summary>What is being decided in a dialog; kept by the browser until it is sent or given up.</summary>
public sealed class MoveForm
{
    /// <summary>The application's name, typed to confirm.</summary>
    public string Typed { get; set; } = "";

    /// <summary>Fail over: the group snapshot to start from; null: the newest there is when it begins.</summary>
    public string? Snapshot { get; set; }

    /// <summary>Resync: name of the cluster whose data is kept.</summary>
    public string? Keep { get; set; }

    /// <summary>Delete: the secondary's volumes stay as claims.</summary>
    public bool KeepVolumes { get; set; }

    /// <summary>Delete: without waiting for the other side.</summary>
    public bool Force { get; set; }
}
