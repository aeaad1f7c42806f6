using System.Net;
using System.Text.Json;
using k8s.Exceptions;
using Tonari.Cli.Connection;
using Tonari.Cli.Rendering;
using Tonari.Kubernetes.Api;

namespace Tonari.Cli.CommandLine;

/// <summary>Turns whatever ends a command into an exit code and, for the user, one sentence of what is wrong and one of what to do.</summary>
internal static class ErrorReporting
{
    public static async Task<int> GuardAsync(Invocation invocation, Func<Invocation, CancellationToken, Task<int>> run, CancellationToken ct)
    {
        try
        {
            return await run(invocation, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (Explain(e) is { } known)
        {
            invocation.Terminal.WriteError(new Line(new Span("Error: ", Tone.Bad), known.Message));
            if (known.Advice is { } advice)
            {
                invocation.Terminal.WriteError(advice);
            }

            if (invocation.Verbose)
            {
                // Not of the exception itself: what may repeat a secret has no cause here.
                Causes(invocation, known.InnerException ?? known);
            }

            return known.ExitCode;
        }
    }

    /// <summary>Null for what nobody expected: that is a defect, and its stack trace is wanted.</summary>
    public static CliException? Explain(Exception e) => e switch
    {
        CliException known => known,
        KubernetesApiException api => Explain(api),
        KubeConfigException or KubernetesClientException => KubeconfigConnector.Unusable(e),
        JsonException => CliException.Failed(
            $"The API server's answer cannot be read: {Sentence(e.Message)}",
            "This program and the installed resources may be of different versions; see tonari version.", e),
        _ => null,
    };

    private static CliException Explain(KubernetesApiException e) => e switch
    {
        ApiForbiddenException { Status: HttpStatusCode.Unauthorized } => CliException.Failed(
            "The API server does not know you (401).", "Log in again, or choose another context with --context.", e),
        ApiForbiddenException => CliException.Refused(
            $"You may not do this: {Sentence(e.Message)}", "Ask whoever manages the cluster for the permission."),
        ResourceNotFoundException => CliException.Failed(
            Sentence(e.Message), "Is Tonari installed in this cluster? See kubectl get crd appmirrors.tonari.dev.", e),
        ResourceAlreadyExistsException or ResourceConflictException or ResourceInvalidException => CliException.Refused(Sentence(e.Message)),
        ApiUnavailableException => CliException.Failed(
            $"The API server does not answer: {Sentence(e.Message)}",
            "Check --kubeconfig and --context and that the cluster is up, or give it longer with --request-timeout.", e),
        _ => CliException.Failed(Sentence(e.Message), "Try again.", e),
    };

    private static void Causes(Invocation invocation, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            invocation.Terminal.WriteError(new Line(new Span($"  {cause.GetType().Name}: {cause.Message}", Tone.Muted)));
        }
    }

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
