using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tonari.Kubernetes.Json;

namespace Tonari.Kubernetes.Capture;

/// <summary>
/// An application's resources at one point in time, as they travel between clusters: one JSON document, gzip'ed. The objects are as the source
/// cluster keeps them, without status and managed fields; everything else is taken off when they are applied.
/// </summary>
public sealed record CapturedResources
{
    /// <summary>The version of the document that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Longest document, bytes uncompressed: a thousand objects of 64 KiB. Bounds what a broken peer can make us hold.</summary>
    public const int LongestDocument = 64 * 1024 * 1024;

    /// <summary>Most values and names in a document, each of which is an object in memory while it is worked on: thousands of ordinary objects.</summary>
    public const int MostTokens = 2_000_000;

    private static readonly JsonSerializerOptions ReadOptions = new(KubeJson.Options) { AllowDuplicateProperties = false };

    /// <summary>Version of the document; a reader refuses what is newer than it knows.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>When it was captured, by the source cluster's clock.</summary>
    public DateTimeOffset CapturedAt { get; init; }

    /// <summary>Name of the cluster it was captured in.</summary>
    public string SourceCluster { get; init; } = "";

    /// <summary>The objects, ordered by kind, namespace and name. Claims and volumes are not among them.</summary>
    public IReadOnlyList<JsonObject> Objects { get; init; } = [];

    /// <summary>The claims whose volumes are replicated, ordered by key.</summary>
    public IReadOnlyList<CapturedVolume> Volumes { get; init; } = [];

    /// <summary>The document, gzip'ed.</summary>
    /// <exception cref="CapturedResourcesException">It is too long to be read again.</exception>
    public byte[] ToBytes()
    {
        var document = JsonSerializer.SerializeToUtf8Bytes(this, KubeJson.Options);
        RequireBounds(document);
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(document);
        return bytes.ToArray();
    }

    /// <summary>Reads a gzip'ed document.</summary>
    /// <exception cref="CapturedResourcesException">It is damaged, too long or of a newer version.</exception>
    public static CapturedResources FromBytes(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes.ToArray()), CompressionMode.Decompress);
            using var json = new MemoryStream();
            var buffer = new byte[64 * 1024];
            while (gzip.Read(buffer) is var read and > 0)
            {
                if (json.Length + read > LongestDocument)
                    throw new CapturedResourcesException($"The captured resources are longer than {LongestDocument} bytes.");
                json.Write(buffer, 0, read);
            }
            var document = json.GetBuffer().AsSpan(0, (int)json.Length);
            RequireBounds(document);
            var captured = JsonSerializer.Deserialize<CapturedResources>(document, ReadOptions)
                ?? throw new CapturedResourcesException("The captured resources are empty.");
            if (captured.SchemaVersion is < 1 or > CurrentSchema)
                throw new CapturedResourcesException(
                    $"The captured resources have schema version {captured.SchemaVersion}; this program knows up to {CurrentSchema}. Upgrade Tonari on this cluster.");
            return captured.IsWhole
                ? captured
                : throw new CapturedResourcesException("The captured resources cannot be read: something in them is null that cannot be.");
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or NotSupportedException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new CapturedResourcesException($"The captured resources cannot be read: {e.Message}", e);
        }
    }

    [JsonIgnore]
    private bool IsWhole => SourceCluster is not null && Objects is not null && Volumes is not null && Objects.All(o => o is not null) && Volumes.All(v => v is
    {
        Key: not null, Namespace: not null, Claim: not null, VolumeId: not null, VolumeMode: not null, AccessModes: not null, Labels: not null, Annotations: not null,
    });

    private static void RequireBounds(ReadOnlySpan<byte> document)
    {
        if (document.Length > LongestDocument)
            throw new CapturedResourcesException($"The captured resources are longer than {LongestDocument} bytes; narrow the application's selectors.");
        var reader = new Utf8JsonReader(document);
        var tokens = 0;
        while (reader.Read())
        {
            if (++tokens > MostTokens)
                throw new CapturedResourcesException($"The captured resources hold more than {MostTokens} values; narrow the application's selectors.");
        }
    }
}

/// <summary>A document of captured resources cannot be used; the message says why and what to do.</summary>
public sealed class CapturedResourcesException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A replicated claim and the facts by which it can be made again elsewhere.</summary>
public sealed record CapturedVolume
{
    /// <summary><c>namespace/claim</c> on the cluster it was captured in.</summary>
    public string Key { get; init; } = "";

    /// <summary>Namespace of the claim.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Name of the PersistentVolumeClaim.</summary>
    public string Claim { get; init; } = "";

    /// <summary>Engine volume id.</summary>
    public string VolumeId { get; init; } = "";

    /// <summary>Size, bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Storage class on the source cluster.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Access modes, e.g. <c>ReadWriteOnce</c>.</summary>
    public IReadOnlyList<string> AccessModes { get; init; } = [];

    /// <summary><c>Filesystem</c> or <c>Block</c>.</summary>
    public string VolumeMode { get; init; } = "Filesystem";

    /// <summary>File system, e.g. <c>ext4</c>; null for block volumes.</summary>
    public string? FsType { get; init; }

    /// <summary>Labels of the claim.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations of the claim, without those that belong to its cluster.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
