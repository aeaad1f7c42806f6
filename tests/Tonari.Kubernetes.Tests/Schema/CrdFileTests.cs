using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Schema;

public class CrdFileTests
{
    private static readonly Type[] Types =
        [typeof(AppMirror), typeof(Application), typeof(AppSnapshot), typeof(ClusterPeer), typeof(ExecHook), typeof(StoragePool)];

    public static TheoryData<string> Names => [.. Types.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_CRD_file_says_what_the_types_say(string name)
    {
        var type = Types.Single(t => t.Name == name);
        var docs = new DocComments(typeof(AppMirror).Assembly, typeof(MirrorStatus).Assembly);
        var text = "# Generated from the types in src/Tonari.Kubernetes/Resources; write anew with TONARI_REGENERATE=1 and the tests of Tonari.Kubernetes.\n"
            + YamlJson.Write(new CrdGenerator(docs).Generate(type));
        var plural = ((KubernetesEntityAttribute)type.GetCustomAttributes(typeof(KubernetesEntityAttribute), false).Single()).PluralName;
        var file = Path.Combine(Folder(), $"tonari.dev_{plural}.yaml");
        if (Environment.GetEnvironmentVariable("TONARI_REGENERATE") == "1")
            File.WriteAllText(file, text);
        File.ReadAllText(file).ShouldBe(text, "Run the tests with TONARI_REGENERATE=1 and commit the file.");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_that_a_user_writes_has_a_bound(string name)
    {
        var crd = new CrdGenerator(new DocComments()).Generate(Types.Single(t => t.Name == name));
        var spec = crd["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!.AsObject();

        Unbounded("spec", spec).ShouldBeEmpty();
    }

    [Fact]
    public void The_kustomization_lists_every_CRD_file()
    {
        var listed = YamlJson.Parse(File.ReadAllText(Path.Combine(Folder(), "kustomization.yaml")))["resources"]!.AsArray().Select(n => n!.GetValue<string>());
        var there = Directory.GetFiles(Folder(), "*.yaml").Select(Path.GetFileName).Where(f => f != "kustomization.yaml");
        listed.ShouldBe(there!, ignoreOrder: true);
    }

    private static IEnumerable<string> Unbounded(string path, JsonObject schema)
    {
        var type = schema["type"]!.GetValue<string>();
        var (properties, values, items) = (schema["properties"] as JsonObject, schema["additionalProperties"] as JsonObject, schema["items"] as JsonObject);
        var bounded = type switch
        {
            "string" => Has("enum") || Has("maxLength") || Has("format"),
            "integer" => Has("minimum") && (Has("maximum") || Has("format")),
            "array" => Has("maxItems") && items is not null,
            "object" => properties is not null || (Has("maxProperties") && values is not null),
            "boolean" => true,
            _ => false,
        };
        var inner = (properties ?? []).Select(p => ($"{path}.{p.Key}", p.Value!.AsObject()));
        inner = values is null ? inner : inner.Append(($"{path}[key]", values));
        inner = items is null ? inner : inner.Append(($"{path}[]", items));
        var found = inner.SelectMany(one => Unbounded(one.Item1, one.Item2));
        return bounded ? found : found.Prepend(path);

        bool Has(string keyword) => schema.ContainsKey(keyword);
    }

    internal static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../deploy/crds"));
}
