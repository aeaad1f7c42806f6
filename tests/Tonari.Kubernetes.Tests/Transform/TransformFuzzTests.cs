using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Transform;
using Tonari.Testing;
using Tonari.Testing.Fuzzing;

namespace Tonari.Kubernetes.Tests.Transform;

/// <summary>Whatever a capture from elsewhere holds: it is refused as documented, or becomes objects within bounds.</summary>
public class TransformFuzzTests(ITestOutputHelper output)
{
    private static readonly TransformOptions Options = new()
    {
        MirrorId = "abcdefghij",
        NamespaceMapping = new Dictionary<string, string> { ["shop"] = "shop-dr" },
        StorageClassMapping = new Dictionary<string, string> { ["fast"] = "tonari" },
    };

    private const string Shop = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, labels: { kubernetes.io/metadata.name: shop }, annotations: { a: b } }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: tonari-stopped-pods, namespace: shop }
        data: { p: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"shop"},"spec":{"containers":[{"name":"c"}]}}' }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, namespace: shop }
        spec: { clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ports: [ { port: 80, nodePort: 30000 } ] }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web, namespace: shop }
        secrets: [ { name: web-token-abcde } ]
        imagePullSecrets: [ { name: pull } ]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: alone, namespace: shop }
        spec:
          nodeName: n
          containers: [ { name: c, volumeMounts: [ { name: t, mountPath: /var/run/secrets/kubernetes.io/serviceaccount } ] } ]
          initContainers: [ { name: i } ]
          volumes: [ { name: t } ]
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: once, namespace: shop, labels: { job-name: once } }
        spec: { selector: { matchLabels: { controller-uid: x } }, template: { metadata: { labels: { controller-uid: x } } } }
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db, namespace: shop, annotations: { tonari.dev/replicas-before-stop: "2" } }
        spec:
          replicas: 0
          template: { metadata: { creationTimestamp: null }, spec: { containers: [] } }
          volumeClaimTemplates: [ { metadata: { name: data, creationTimestamp: null }, spec: { storageClassName: fast }, status: {} } ]
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: all, namespace: shop }
        spec: { template: { spec: { nodeSelector: { tonari.dev/stopped: "true" } } } }
        ---
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: nightly, namespace: shop, annotations: { tonari.dev/suspended-before-stop: "false" } }
        spec: { suspend: true }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: { name: b, namespace: shop }
        subjects: [ { kind: ServiceAccount, name: web, namespace: shop } ]
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: p, namespace: shop }
        spec:
          ingress: [ { from: [ { namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop }, matchExpressions: [ { key: kubernetes.io/metadata.name, operator: In, values: [ shop ] } ] } } ] } ]
          egress: [ { to: [ { namespaceSelector: {} } ] } ]
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: menus.example.org }
        spec: { group: example.org, conversion: { webhook: { clientConfig: { service: { name: s, namespace: shop } } } } }
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: Application
        metadata: { name: shop, namespace: shop }
        spec: { namespaces: [ { name: shop } ] }
        ---
        apiVersion: tonari.dev/v1alpha1
        kind: ExecHook
        metadata: { name: h, namespace: shop }
        spec: { selector: { namespace: shop } }
        """;

    private static readonly CapturedResources Valid = new()
    {
        SourceCluster = "blue",
        Objects = YamlJson.ParseAll(Shop),
        Volumes = [new CapturedVolume { Key = "shop/data", Namespace = "shop", Claim = "data", VolumeId = "pvc-1", AccessModes = ["ReadWriteOnce"], FsType = "ext4" }],
    };

    public static TheoryData<string> Findings => [.. Fuzz.Corpus("captures").Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Findings))]
    public async Task What_was_found_once_is_refused_as_documented(string name) => await CheckAsync(Fuzz.Finding("captures", name));

    [Fact]
    public async Task Any_spoilt_capture_is_refused_as_documented_or_stays_within_bounds()
    {
        var json = JsonNode.Parse(Unzipped(Valid.ToBytes()))!;
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            var document = Encoding.UTF8.GetBytes(Mutation.Json(json, random).ToJsonString());
            if (random.Next(4) == 0)
                document = Mutation.Bytes(document, random);
            await Fuzz.OnAsync(document, CheckAsync);
        });
    }

    [Fact]
    public async Task Any_spoilt_bytes_of_a_capture_are_refused_as_documented()
    {
        var bytes = Valid.ToBytes();
        await Fuzz.RunAsync(output.WriteLine, random =>
        {
            Read(Mutation.Bytes(bytes, random));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void A_bomb_is_refused_before_it_is_unpacked()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            zeros.AsSpan().Fill((byte)' ');
            for (var i = 0; i < 200; i++)
                gzip.Write(zeros);
        }
        Should.Throw<CapturedResourcesException>(() => CapturedResources.FromBytes(bytes.ToArray())).Message.ShouldContain("longer than");
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"objects":null}""", "null")]
    [InlineData("""{"objects":[null]}""", "null")]
    [InlineData("""{"volumes":[{"volumeId":null}]}""", "null")]
    [InlineData("""{"objects":[{"a":1,"a":2}]}""", "cannot be read")]
    [InlineData("""{"schemaVersion":2}""", "Upgrade Tonari")]
    [InlineData("""{"capturedAt":"yesterday"}""", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    [InlineData("null", "empty")]
    [InlineData("", "cannot be read")]
    public void A_document_that_is_none_is_refused_with_a_sentence(string document, string? because)
    {
        if (because is null)
            CapturedResources.FromBytes(Zipped(Encoding.UTF8.GetBytes(document))).Objects.ShouldBeEmpty();
        else
            Should.Throw<CapturedResourcesException>(() => CapturedResources.FromBytes(Zipped(Encoding.UTF8.GetBytes(document)))).Message.ShouldContain(because);
    }

    [Fact]
    public void A_document_of_millions_of_small_values_is_refused_before_any_becomes_an_object()
    {
        var document = Encoding.UTF8.GetBytes($$"""{"objects":[{"a":[{{string.Join(',', Enumerable.Repeat("1", CapturedResources.MostTokens))}}]}]}""");
        Should.Throw<CapturedResourcesException>(() => CapturedResources.FromBytes(Zipped(document))).Message.ShouldContain("values");
    }

    [Theory]
    [InlineData("""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"x","namespace":"shop"}}""")]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"kube-system"}}""")]
    [InlineData("not json")]
    [InlineData("[]")]
    public void Who_may_change_ConfigMaps_gets_nothing_else_created_by_it(string kept)
    {
        var map = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "tonari-stopped-pods", ["namespace"] = "shop" },
            ["data"] = new JsonObject { ["x"] = kept },
        };
        Should.Throw<CapturedResourcesException>(() => ResourceTransform.Apply([map], Options)).Message.ShouldContain("no pod of its namespace");
    }

    private static async Task CheckAsync(byte[] document)
    {
        if (Read(Zipped(document)) is not { } captured)
            return;
        var api = new FakeKubernetesApi();
        api.SeedYaml("{ apiVersion: v1, kind: Secret, metadata: { name: precious, namespace: bank }, data: { a: Yg== } }");
        var bounds = new ApplyBounds { Writer = "blue", AllowsNamespace = ns => ns == "shop-dr" };
        try
        {
            var time = new FakeTimeProvider();
            var applier = new ResourceApplier(api, time);
            await applier.LookAsync(captured, Options, bounds, CancellationToken.None);
            var applying = applier.ApplyAsync(new ApplyRequest(captured, Options, []) { Bounds = bounds }, CancellationToken.None);
            while (!applying.IsCompleted)
            {
                // A definition that is never served is waited for, in this clock.
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
            await applying;
        }
        catch (Exception e) when (e is CapturedResourcesException or KubernetesApiException)
        {
            e.Message.Length.ShouldBeGreaterThan(10);
        }
        foreach (var value in api.All().Where(o => o.Name() != "precious"))
        {
            if (value.Kind() is "CustomResourceDefinition")
                continue;
            (value.Kind() == "Namespace" ? value.Name() : value.Namespace()).ShouldBe("shop-dr", value.ToJsonString());
        }
        api.All().Single(o => o.Name() == "precious").At("data", "a").Text().ShouldBe("Yg==");
    }

    private static CapturedResources? Read(byte[] bytes)
    {
        try
        {
            return CapturedResources.FromBytes(bytes);
        }
        catch (CapturedResourcesException)
        {
            return null;
        }
    }

    private static byte[] Zipped(byte[] document)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(document);
        return bytes.ToArray();
    }

    private static byte[] Unzipped(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var all = new MemoryStream();
        gzip.CopyTo(all);
        return all.ToArray();
    }
}
