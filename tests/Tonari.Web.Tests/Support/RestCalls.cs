using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Tonari.Web.Tests.Support;

/// <summary>Requests to the REST API.</summary>
internal static class RestCalls
{
    /// <summary>Asks for something below <c>/api/v1/namespaces/</c> and expects a status; an empty answer is an empty object.</summary>
    public static async Task<JsonNode> SendAsync(this HttpClient client, HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        var ct = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(method, $"/api/v1/namespaces/{path}");
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        var response = await client.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        response.StatusCode.ShouldBe(expected, text);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
