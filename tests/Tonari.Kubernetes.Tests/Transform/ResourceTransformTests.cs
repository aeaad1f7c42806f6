using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using CsCheck;
using Tonari.Kubernetes.Transform;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Transform;

public class ResourceTransformTests
{
    private static readonly TransformOptions Options = new()
    {
        MirrorId = "abcdefghij",
        NamespaceMapping = new Dictionary<string, string> { ["shop"] = "shop-green" },
        StorageClassMapping = new Dictionary<string, string> { ["fast"] = "tonari" },
    };

    private static IReadOnlyList<JsonObject> Captured => YamlJson.ParseAll(File.ReadAllText(Golden("captured.yaml")));

    [Fact]
    public void Captured_objects_become_what_can_be_applied_here()
    {
        var text = string.Join("---\n", ResourceTransform.Apply(Captured, Options).Select(YamlJson.Write));
        if (Environment.GetEnvironmentVariable("TONARI_REGENERATE") == "1")
            File.WriteAllText(Golden("applied.yaml"), text);
        text.ShouldBe(File.ReadAllText(Golden("applied.yaml")));
    }

    [Fact]
    public void Doing_it_twice_is_doing_it_once()
    {
        var once = ResourceTransform.Apply(Captured, Options);
        var twice = ResourceTransform.Apply(once, Options);
        twice.Select(o => o.ToJsonString()).ShouldBe(once.Select(o => o.ToJsonString()));
    }

    [Fact]
    public void Doing_it_twice_is_doing_it_once_whatever_parts_are_missing() =>
        Gen.Select(Gen.Int[0, 17], Gen.Int[0, 3], Gen.Int[0, 1000]).Sample((which, depth, seed) =>
        {
            var all = Captured;
            var value = all[which % all.Count];
            RemoveSomething(value, depth, seed);
            if (value["metadata"] is not JsonObject || value["kind"] is null || value["metadata"]!["name"] is null || value["data"] is not null)
                return true;
            var once = ResourceTransform.Apply(value, Options);
            return ResourceTransform.Apply(once, Options).ToJsonString() == once.ToJsonString();
        });

    [Fact]
    public void The_captured_object_is_not_changed()
    {
        var captured = Captured;
        var before = captured.Select(o => o.ToJsonString()).ToList();
        ResourceTransform.Apply(captured, Options);
        captured.Select(o => o.ToJsonString()).ShouldBe(before);
    }

    private static void RemoveSomething(JsonObject value, int depth, int seed)
    {
        if (value.Count == 0)
            return;
        var (name, inner) = value.ElementAt(seed % value.Count);
        if (depth > 0 && inner is JsonObject deeper)
            RemoveSomething(deeper, depth - 1, seed / 7);
        else if (depth > 0 && inner is JsonArray { Count: > 0 } list && list[seed % list.Count] is JsonObject element)
            RemoveSomething(element, depth - 1, seed / 7);
        else
            value.Remove(name);
    }

    private static string Golden(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden", name);
}
