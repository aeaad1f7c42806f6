using System.Security.Cryptography;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using Tonari.Kubernetes.Api;
using YamlDotNet.Core;

namespace Tonari.Cli.Connection;

/// <summary>Finds the API server the way kubectl does.</summary>
internal static class KubeconfigConnector
{
    private const string DefaultNamespace = "default";

    /// <exception cref="CliException">No usable kubeconfig, or no such context in it.</exception>
    public static ClusterConnection Connect(ConnectionOptions options, TimeProvider clock)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var files = Files(options.Kubeconfig, Environment.GetEnvironmentVariable("KUBECONFIG"), home);
        if (files.Count == 0 && options.Context is null && KubernetesClientConfiguration.IsInCluster())
        {
            return new ClusterConnection(KubernetesApi.InCluster(clock), Or(KubernetesClientConfiguration.InClusterConfig().Namespace));
        }

        try
        {
            var choice = Choose(files, options.Context);
            return new ClusterConnection(KubernetesApi.FromKubeconfig(choice.File.FullName, choice.Context, clock), choice.Namespace);
        }
        catch (Exception e) when (e is not CliException and not OperationCanceledException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>What to tell of a kubeconfig that cannot be used.</summary>
    public static CliException Unusable(Exception e) =>
        CliException.Failed($"The kubeconfig cannot be used: {Reason(e)}.", "Name a file with --kubeconfig and a context with --context.");

    /// <summary>What is wrong. Where the words of a library may repeat what stands in the file, they are left out: tokens and keys stand there.</summary>
    private static string Reason(Exception e) => e switch
    {
        YamlException yaml => $"near line {yaml.Start.Line}, column {yaml.Start.Column} it is not what a kubeconfig is",
        IOException or UnauthorizedAccessException => e.Message.TrimEnd('.'),
        // What a program for credentials has printed is in the message of its failure.
        KubeConfigException known when !known.Message.Contains("exec", StringComparison.OrdinalIgnoreCase) => known.Message.TrimEnd('.'),
        CryptographicException or FormatException => "a certificate or key in it cannot be read, or they do not belong together",
        _ => "the credentials in it cannot be used, or the program that is to provide them fails",
    };

    /// <summary>The files to look at, those that exist.</summary>
    /// <exception cref="CliException">The one that was named does not exist.</exception>
    public static IReadOnlyList<FileInfo> Files(string? option, string? variable, string home)
    {
        if (option is not null)
        {
            return File.Exists(option)
                ? [new FileInfo(option)]
                : throw CliException.Failed($"There is no kubeconfig {option}.", "Name an existing file with --kubeconfig.");
        }

        string[] paths = string.IsNullOrEmpty(variable)
            ? [Path.Combine(home, ".kube", "config")]
            : variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [.. paths.Where(File.Exists).Select(path => new FileInfo(path))];
    }

    /// <summary>
    /// The context asked for, or the first current one. kubectl merges the files of KUBECONFIG; here a context's cluster and user
    /// must be in the file of the context, as every tool writes them, because paths in a file are relative to that file.
    /// </summary>
    /// <exception cref="CliException">There is none.</exception>
    public static (FileInfo File, string Context, string Namespace) Choose(IReadOnlyList<FileInfo> files, string? context)
    {
        if (files.Count == 0)
        {
            throw CliException.Failed(
                "There is no kubeconfig: neither KUBECONFIG nor ~/.kube/config names a file that exists.", "Name one with --kubeconfig.");
        }

        var loaded = files.Select(file => (File: file, Content: KubernetesClientConfiguration.LoadKubeConfig(file))).ToList();
        context ??= loaded.Select(l => l.Content.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name))
            ?? throw CliException.Failed("The kubeconfig names no current context.", "Choose one with --context.");
        foreach (var (file, content) in loaded)
        {
            if (content.Contexts?.FirstOrDefault(c => c.Name == context) is { } found)
            {
                RequireServer(content, found);
                return (file, context, Or(found.ContextDetails?.Namespace));
            }
        }

        var known = string.Join(", ", loaded.SelectMany(l => l.Content.Contexts ?? []).Select(c => c.Name));
        throw CliException.Failed($"The kubeconfig has no context {context}.", $"It has: {(known.Length > 0 ? known : "none")}.");
    }

    private static void RequireServer(K8SConfiguration content, Context context)
    {
        var cluster = content.Clusters?.FirstOrDefault(c => c.Name == context.ContextDetails?.Cluster);
        if (!Uri.TryCreate(cluster?.ClusterEndpoint?.Server, UriKind.Absolute, out var server) || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp))
        {
            throw CliException.Failed(
                $"The cluster of the context {context.Name} has no address in the kubeconfig that begins with https://.", "Correct it, or choose another context with --context.");
        }
    }

    private static string Or(string? ns) => string.IsNullOrEmpty(ns) ? DefaultNamespace : ns;
}
