using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Capture;

/// <summary>
/// What an Application takes from outside its own namespace must say that it may: the controller captures, stops and starts with its own rights, and whoever
/// may create Applications in one namespace may not on that account read or stop what is in another. The consent is an annotation, so that only who may
/// change a namespace or a cluster-scoped object can give it.
/// </summary>
public static class ApplicationConsent
{
    /// <summary>Annotation: namespaces whose Applications may take this, separated by commas; <c>*</c> stands for all.</summary>
    public const string Annotation = "tonari.dev/applications";

    /// <summary>Whether a namespace or a cluster-scoped object may be taken by Applications of a namespace.</summary>
    public static bool IsGiven(JsonObject value, string applicationNamespace) =>
        Names(value.Annotation(Annotation)).Any(name => name == "*" || name == applicationNamespace);

    /// <summary>The annotation's value once Applications of the namespace may take it as well.</summary>
    public static string With(string? annotation, string applicationNamespace) =>
        string.Join(',', Names(annotation).Append(applicationNamespace).Distinct(StringComparer.Ordinal));

    /// <summary>The merge patch that gives consent.</summary>
    public static JsonObject Patch(string? annotation, string applicationNamespace) => new()
    {
        ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotation] = With(annotation, applicationNamespace) } },
    };

    /// <summary>The annotation's value where namespaces have other names.</summary>
    public static string Mapped(string annotation, Func<string, string> map) => string.Join(',', Names(annotation).Select(map).Distinct(StringComparer.Ordinal));

    /// <summary>The namespaces of an application that do not consent, each with the sentence for it. One that does not exist has nothing that could be taken.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> MissingAsync(IKubernetesApi api, Application application, CancellationToken ct)
    {
        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in ApplicationScope.Of(application).NamespaceNames.Where(name => name != application.Namespace))
        {
            if (await api.FindAsync(ResourceKind.Of<V1Namespace>(), null, name, ct) is { } found && !IsGiven(found, application.Namespace))
                missing[name] = $"The namespace {name} does not let applications of the namespace {application.Namespace} take it. "
                    + $"Whoever may change it can let them: kubectl annotate namespace {name} {Annotation}={With(found.Annotation(Annotation), application.Namespace)} --overwrite";
        }
        return missing;
    }

    /// <summary>Refuses where a namespace of the application does not consent.</summary>
    /// <exception cref="ConsentMissingException">One does not.</exception>
    public static async Task DemandAsync(IKubernetesApi api, Application application, CancellationToken ct)
    {
        foreach (var sentence in (await MissingAsync(api, application, ct)).Values)
            throw new ConsentMissingException(sentence);
    }

    /// <summary>Refuses where a cluster-scoped object does not consent. What a definition of custom resources says is no secret, and needs no consent.</summary>
    /// <exception cref="ConsentMissingException">It does not.</exception>
    public static void Demand(JsonObject value, string applicationNamespace)
    {
        if (value.Kind() == "CustomResourceDefinition" || IsGiven(value, applicationNamespace))
            return;
        throw new ConsentMissingException(
            $"{value.Kind()} {value.Name()} belongs to the cluster and does not let applications of the namespace {applicationNamespace} take it. "
            + $"Whoever may change it can let them: annotate it with {Annotation}={With(value.Annotation(Annotation), applicationNamespace)}");
    }

    private static string[] Names(string? annotation) =>
        (annotation ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>An application takes something that has not consented; the message says what to do.</summary>
public sealed class ConsentMissingException(string message) : KubernetesApiException(message);
