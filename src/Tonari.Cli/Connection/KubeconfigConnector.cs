using k8s;
using k8s.Exceptions;
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
        catch (Exception e) when (e is KubeConfigException or YamlException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Failed(
                $"The kubeconfig cannot be used: {e.Message.TrimEnd('.')}.", "Name a file with --kubeconfig and a context with --context.", e);
        }
    }

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
                return (file, context, Or(found.ContextDetails?.Namespace));
            }
        }

        var known = string.Join(", ", loaded.SelectMany(l => l.Content.Contexts ?? []).Select(c => c.Name));
        throw CliException.Failed($"The kubeconfig has no context {context}.", $"It has: {(known.Length > 0 ? known : "none")}.");
    }

    private static string Or(string? ns) => string.IsNullOrEmpty(ns) ? DefaultNamespace : ns;
}
