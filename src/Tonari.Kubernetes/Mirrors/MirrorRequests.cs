using System.Text.Json.Nodes;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Kubernetes.Mirrors;

/// <summary>What a user's wish is in terms of <c>AppMirror</c>: merge patches of its <c>spec</c>. Whoever asks for something asks this way.</summary>
public static class MirrorRequests
{
    /// <summary>Length of a mirror's id.</summary>
    public const int MirrorIdLength = 10;

    /// <summary>Length of an operation's id, where it is made here.</summary>
    public const int OperationIdLength = 10;

    private static readonly string[] Optional = ["snapshot", "keep", "confirm"];

    /// <summary>
    /// Why a request had better not be made now; null: nothing. A request that the controller has not seen yet would be lost without a trace if
    /// another took its place. An emergency may.
    /// </summary>
    public static RequestHindrance? HindranceOf(AppMirror mirror, MirrorOperationType type)
    {
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (type == MirrorOperationType.FailOver)
            return null;
        if (mirror.Spec.Operation is { } earlier && earlier.Id != status.LastOperationId)
            return new RequestHindrance.NotTakenUp(earlier);
        // Comparing a replica takes long and gives way to everything but being asked for once more.
        var inTheWay = status.Operation is { } busy && (busy.Request.Type != MirrorOperationType.Verify || type == MirrorOperationType.Verify);
        return inTheWay && status.Operation is { } running && type != MirrorOperationType.CancelTransfer ? new RequestHindrance.Running(running) : null;
    }

    /// <summary>Asks for an operation. A merge patch keeps what it does not name: what the request leaves out is removed by name.</summary>
    public static JsonObject Ask(MirrorOperationRequest request)
    {
        var operation = KubeJson.ToJson(request);
        foreach (var name in Optional.Where(name => !operation.ContainsKey(name)))
            operation[name] = null;
        return new JsonObject { ["spec"] = new JsonObject { ["operation"] = operation } };
    }

    /// <summary>Pauses or lets go on.</summary>
    public static JsonObject Pause(bool paused) => new() { ["spec"] = new JsonObject { ["paused"] = paused } };

    /// <summary>How a mirror that is deleted afterwards is to end.</summary>
    /// <param name="force">Without waiting for the other side.</param>
    /// <param name="keepReplicaVolumes">The secondary's volumes stay as claims.</param>
    public static JsonObject Ending(bool force, bool keepReplicaVolumes)
    {
        var patch = new JsonObject();
        if (force)
            patch["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [WellKnown.ForceDeleteAnnotation] = "true" } };
        if (keepReplicaVolumes)
            patch["spec"] = new JsonObject { ["replicaVolumesOnDelete"] = nameof(ReplicaVolumesOnDelete.Keep) };
        return patch;
    }
}

/// <summary>Why a request had better not be made now.</summary>
public abstract record RequestHindrance
{
    /// <summary>The request before has not been taken up yet.</summary>
    /// <param name="Earlier">The request before.</param>
    public sealed record NotTakenUp(MirrorOperationRequest Earlier) : RequestHindrance;

    /// <summary>Another operation is running.</summary>
    /// <param name="Operation">The operation.</param>
    public sealed record Running(MirrorOperation Operation) : RequestHindrance;
}
