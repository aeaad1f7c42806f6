using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tonari.Kubernetes.Api;

/// <summary>From an answer that is not a success to the exception that says so.</summary>
internal static class ApiErrors
{
    public static async Task<KubernetesApiException> FromAsync(HttpResponseMessage response, string what, CancellationToken ct)
    {
        var text = await response.Content.ReadAsStringAsync(ct);
        JsonObject? status = null;
        try
        {
            status = JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            // A proxy or load balancer answered; its words go into the message.
        }
        var message = status?["message"].Text() ?? (text.Length > ApiLimits.ErrorText ? text[..ApiLimits.ErrorText] : text);
        if (string.IsNullOrWhiteSpace(message))
            message = $"HTTP {(int)response.StatusCode} without a word.";
        return From(response.StatusCode, status?["reason"].Text(), $"{what}: {message}", response.Headers.RetryAfter?.Delta);
    }

    /// <summary>The exception for a Status object that came in a watch.</summary>
    public static KubernetesApiException FromStatus(JsonObject status, string what)
    {
        var code = status["code"] is JsonValue value && value.TryGetValue<int>(out var number) ? (HttpStatusCode)number : HttpStatusCode.InternalServerError;
        return From(code, status["reason"].Text(), $"{what}: {status["message"].Text()}", null);
    }

    public static KubernetesApiException From(HttpStatusCode code, string? reason, string message, TimeSpan? retryAfter) => code switch
    {
        HttpStatusCode.NotFound => new ResourceNotFoundException(message, reason),
        HttpStatusCode.Conflict when reason == "AlreadyExists" => new ResourceAlreadyExistsException(message),
        HttpStatusCode.Conflict => new ResourceConflictException(message),
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new ApiForbiddenException(message, code),
        HttpStatusCode.Gone => new ResourceVersionExpiredException(message),
        HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType =>
            new ResourceInvalidException(message, code, reason),
        HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout => new ApiUnavailableException(message, code) { RetryAfter = retryAfter },
        >= HttpStatusCode.InternalServerError => new ApiUnavailableException(message, code) { RetryAfter = retryAfter },
        _ => new KubernetesApiException(message, code, reason),
    };
}
