using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tonari.Kubernetes.Api;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>The API's description and its manual page say what there is.</summary>
public sealed partial class DescriptionTests
{
    [Fact]
    public async Task The_description_is_OpenAPI_3_1_and_every_operation_has_a_name_a_summary_and_an_answer()
    {
        var document = await DocumentAsync();

        document["openapi"].Text()!.ShouldStartWith("3.1.");
        document.At("components", "securitySchemes", "Bearer", "scheme").Text().ShouldBe("bearer");
        var operations = Operations(document).ToList();
        operations.Count.ShouldBeGreaterThan(25);
        foreach (var (address, operation) in operations)
        {
            operation["operationId"].Text().ShouldNotBeNullOrEmpty(address);
            operation["summary"].Text().ShouldNotBeNullOrEmpty(address);
            operation["responses"]!.AsObject().Any(r => r.Key.StartsWith('2')).ShouldBeTrue(address);
        }
        operations.Select(o => o.Operation["operationId"].Text()).ShouldBeUnique();
        document.At("components", "schemas", "MirrorView", "properties", "lagSeconds", "description").Text()!.ShouldContain("seconds");
    }

    [Fact]
    public async Task The_manual_page_names_every_operation_and_no_other()
    {
        var described = Operations(await DocumentAsync()).Select(o => o.Address).Order(StringComparer.Ordinal).ToList();
        var page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "api.md"), TestContext.Current.CancellationToken);

        var named = Row().Matches(page).Select(m => $"{m.Groups[1].Value} /api/v1{m.Groups[2].Value}").Order(StringComparer.Ordinal).ToList();

        named.ShouldBe(described);
    }

    private static async Task<JsonObject> DocumentAsync()
    {
        await using var web = await TestWeb.StartAsync();
        return JsonNode.Parse(await web.Client().GetStringAsync("/api/v1/openapi.json", TestContext.Current.CancellationToken))!.AsObject();
    }

    private static IEnumerable<(string Address, JsonNode Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value);

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    [GeneratedRegex(@"^\| `(GET|POST|PUT|DELETE) (/\S+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
