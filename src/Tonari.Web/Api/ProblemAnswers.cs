using System.Net;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Tonari.Kubernetes.Api;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Hosting;

namespace Tonari.Web.Api;

/// <summary>Turns what went wrong into problem details (RFC 9457) that say what to do.</summary>
internal sealed partial class ProblemAnswers(IProblemDetailsService problems, ILogger<ProblemAnswers> logger) : IExceptionHandler
{
    /// <summary>It is the answer to what was asked, nothing to look into.</summary>
    public static bool IsExpected(Exception e) => Of(e) is not null;

    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var expected = Of(exception);
        if (expected is not { } answer)
        {
            LogFailed(logger, httpContext.Request.Method, httpContext.Request.Path, exception);
            answer = (StatusCodes.Status500InternalServerError, "Internal error", "Something went wrong here; the controller's log says what.");
        }
        httpContext.Response.StatusCode = answer.Status;
        if (BrokenPage.IsFor(httpContext.Request))
        {
            await BrokenPage.WriteAsync(httpContext, expected?.Detail, cancellationToken);
            return true;
        }
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = new ProblemDetails { Status = answer.Status, Title = answer.Title, Detail = answer.Detail },
        });
    }

    private static (int Status, string Title, string Detail)? Of(Exception exception) => exception switch
    {
        NotSignedInException e => (StatusCodes.Status401Unauthorized, "Not signed in", e.Message),
        NotAllowedException e => (StatusCodes.Status403Forbidden, "Not allowed", e.Message),
        RefusedException e => (StatusCodes.Status409Conflict, "Not as things are", e.Message),
        NotUnderstoodException e => (StatusCodes.Status422UnprocessableEntity, "Not understood", e.Message),
        ResourceNotFoundException e => (StatusCodes.Status404NotFound, "Not found", e.Message),
        ResourceAlreadyExistsException e => (StatusCodes.Status409Conflict, "Exists already", e.Message),
        ResourceConflictException e => (StatusCodes.Status409Conflict, "Changed meanwhile", e.Message),
        ResourceInvalidException e => (StatusCodes.Status422UnprocessableEntity, "Not accepted by Kubernetes", e.Message),
        // Not the caller's rights: what is refused in his name is a NotAllowedException.
        ApiForbiddenException e => (StatusCodes.Status502BadGateway, "Kubernetes refuses Tonari", $"Tonari's own rights do not suffice: {e.Message}"),
        ApiUnavailableException e => (StatusCodes.Status503ServiceUnavailable, "Kubernetes does not answer", $"Try again later. {e.Message}"),
        KubernetesApiException e => ((int)(e.Status is { } s && s >= HttpStatusCode.BadRequest ? s : HttpStatusCode.BadGateway), "Kubernetes refused", e.Message),
        BadHttpRequestException e => (e.StatusCode, "Not understood", e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, string method, string path, Exception e);
}
