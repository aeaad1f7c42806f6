using System.Text.Json;
using System.Text.Json.Serialization;
using Tonari.Web.Actions;
using Tonari.Web.Views;

namespace Tonari.Web.Api;

/// <summary>How the REST API writes: camelCase, enumerations as strings, nulls left out, RFC 3339 times.</summary>
internal static class ApiJson
{
    /// <summary>Sets options up.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = null;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.TypeInfoResolverChain.Insert(0, ApiJsonContext.Default);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyList<MirrorView>))]
[JsonSerializable(typeof(IReadOnlyList<ApplicationView>))]
[JsonSerializable(typeof(IReadOnlyList<DiscoveredNamespaceView>))]
[JsonSerializable(typeof(IReadOnlyList<SnapshotView>))]
[JsonSerializable(typeof(IReadOnlyList<HookView>))]
[JsonSerializable(typeof(IReadOnlyList<NeighbourView>))]
[JsonSerializable(typeof(IReadOnlyList<PoolView>))]
[JsonSerializable(typeof(IReadOnlyList<StorageClassView>))]
[JsonSerializable(typeof(IReadOnlyList<ActivityView>))]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(NamespaceRights))]
[JsonSerializable(typeof(ClusterRights))]
[JsonSerializable(typeof(LagView))]
[JsonSerializable(typeof(ConfigureRequest))]
[JsonSerializable(typeof(PreflightReport))]
[JsonSerializable(typeof(OperationRequest))]
[JsonSerializable(typeof(OperationAnswer))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(InvitationView))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(JoinView))]
[JsonSerializable(typeof(UnmanageRequest))]
[JsonSerializable(typeof(DefineRequest))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(HookRequest))]
[JsonSerializable(typeof(HookMatchesView))]
[JsonSerializable(typeof(SnapshotRequest))]
[JsonSerializable(typeof(MeView))]
[JsonSerializable(typeof(EventView))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;

/// <summary>Who asks.</summary>
/// <param name="Name">User name.</param>
/// <param name="Groups">Groups.</param>
public sealed record MeView(string Name, IReadOnlyList<string> Groups);

/// <summary>What an event of the stream says. Only <c>change</c> names an object, which is to be looked at anew; the others are empty.</summary>
/// <param name="Kind">Which list of the API it is in, for example <c>mirrors</c>.</param>
/// <param name="Namespace">Empty for objects without namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Gone">It no longer exists.</param>
public sealed record EventView(string? Kind = null, string? Namespace = null, string? Name = null, bool? Gone = null);
