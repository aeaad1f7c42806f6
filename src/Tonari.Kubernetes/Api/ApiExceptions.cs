using System.Net;

namespace Tonari.Kubernetes.Api;

/// <summary>The API server refused or did not answer. The message is its own, or says what went wrong on the way.</summary>
public class KubernetesApiException(string message, HttpStatusCode? status = null, string? reason = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>HTTP status; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>The API's one-word reason, e.g. <c>Conflict</c>.</summary>
    public string? Reason { get; } = reason;
}

/// <summary>There is no such object, or no such kind.</summary>
public sealed class ResourceNotFoundException(string message, string? reason = "NotFound")
    : KubernetesApiException(message, HttpStatusCode.NotFound, reason);

/// <summary>An object of that name exists.</summary>
public sealed class ResourceAlreadyExistsException(string message)
    : KubernetesApiException(message, HttpStatusCode.Conflict, "AlreadyExists");

/// <summary>The object has changed since it was read, a precondition failed, or another field manager owns what was applied: read again and decide again.</summary>
public sealed class ResourceConflictException(string message)
    : KubernetesApiException(message, HttpStatusCode.Conflict, "Conflict");

/// <summary>Not allowed, or not known who is asking.</summary>
public sealed class ApiForbiddenException(string message, HttpStatusCode status)
    : KubernetesApiException(message, status, status == HttpStatusCode.Unauthorized ? "Unauthorized" : "Forbidden");

/// <summary>The object does not have the form its schema or an admission check demands.</summary>
public sealed class ResourceInvalidException(string message, HttpStatusCode status, string? reason)
    : KubernetesApiException(message, status, reason);

/// <summary>The resource version is no longer known: list again.</summary>
public sealed class ResourceVersionExpiredException(string message)
    : KubernetesApiException(message, HttpStatusCode.Gone, "Expired");

/// <summary>The server cannot be reached, did not answer in time or is overloaded: try again later. A write may or may not have happened.</summary>
public sealed class ApiUnavailableException(string message, HttpStatusCode? status = null, Exception? inner = null)
    : KubernetesApiException(message, status, "Unavailable", inner)
{
    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
