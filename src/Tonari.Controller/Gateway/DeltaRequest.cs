using System.Globalization;
using Grpc.Core;
using Microsoft.Extensions.Primitives;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Gateway;

/// <summary>A delta that a peer may have, and where it is.</summary>
/// <param name="Pool">StoragePool that holds the volume.</param>
/// <param name="AgentPath">Path and query on the agent.</param>
internal sealed record DeltaRequest(string Pool, string AgentPath)
{
    /// <summary>
    /// Judges a request. Nothing of the peer's text reaches the agent's path: the key only chooses one of the mirror's volumes, names have been
    /// recognised as the mirror's own group snapshots, the offset as a number.
    /// </summary>
    public static DeltaRequest Of(AppMirror mirror, MirrorPolicy policy, string key, IQueryCollection query, DateTimeOffset now)
    {
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (PeerRequests.RefusalToServe(policy, status, status.Epoch, requireStopped: false, now) is { } refusal)
            throw new GatewayRefusal(StatusCode.FailedPrecondition, refusal);
        var volume = status.Volumes.FirstOrDefault(v => v.Key == Uri.UnescapeDataString(key))
            ?? throw new GatewayRefusal(StatusCode.NotFound, "The mirror has no volume of this key here.");
        var to = Snapshot(policy.MirrorId, query["to"], "to")
            ?? throw new GatewayRefusal(StatusCode.InvalidArgument, "The parameter 'to' is missing.");
        var from = Snapshot(policy.MirrorId, query["from"], "from");
        return new DeltaRequest(volume.Pool, string.Create(
            CultureInfo.InvariantCulture,
            $"/v1/volumes/{Uri.EscapeDataString(volume.VolumeId)}/delta?pool={Uri.EscapeDataString(volume.Pool)}&from={from}&to={to}&resumeAt={Offset(query["resumeAt"])}{Only(query["only"])}"));
    }

    /// <summary>Stretches, "offset-length" with commas between; the agent judges their order and number. Here: nothing else, and not endless.</summary>
    private static string Only(StringValues values) => Single(values, "only") switch
    {
        null or "" => "",
        { Length: <= LongestOnly } text when text.All(c => char.IsAsciiDigit(c) || c is '-' or ',') => "&only=" + text,
        _ => throw new GatewayRefusal(StatusCode.InvalidArgument, "The parameter 'only' is not a list of stretches."),
    };

    // 64 stretches of two numbers of 19 digits.
    private const int LongestOnly = 64 * 40;

    private static string? Snapshot(string mirrorId, StringValues values, string parameter) => Single(values, parameter) switch
    {
        null or "" => null,
        { } name when MirrorViews.IsGroupOf(mirrorId, name) => name,
        _ => throw new GatewayRefusal(StatusCode.InvalidArgument, $"The parameter '{parameter}' is not a group snapshot of this mirror."),
    };

    private static long Offset(StringValues values) => Single(values, "resumeAt") switch
    {
        null or "" => 0,
        { } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) => offset,
        _ => throw new GatewayRefusal(StatusCode.InvalidArgument, "The parameter 'resumeAt' is not a number of bytes."),
    };

    private static string? Single(StringValues values, string parameter) => values.Count > 1
        ? throw new GatewayRefusal(StatusCode.InvalidArgument, $"The parameter '{parameter}' was given more than once.")
        : values.FirstOrDefault();
}
