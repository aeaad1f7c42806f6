using System.CommandLine;
using System.CommandLine.Completions;
using k8s;
using k8s.Exceptions;
using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Cli.CommandLine;

/// <summary>Names of existing objects, for the shell's completion.</summary>
internal sealed class CompletionSource(CliServices services, GlobalOptions globals)
{
    // A shell that hangs on the tab key is worse than one that knows nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>An argument NAME that completes to the names of objects of a type.</summary>
    public Argument<string> Name<T>(string name, string description)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var argument = new Argument<string>(name) { Description = description }.Checked(ValueForms.ObjectName);
        argument.CompletionSources.Add(Complete<T>);
        return argument;
    }

    public IEnumerable<CompletionItem> Complete<T>(CompletionContext context)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            // The library's completion is synchronous; this program has nothing else to do meanwhile.
            return [.. Task.Run(() => NamesAsync<T>(context.ParseResult)).GetAwaiter().GetResult().Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is CliException or KubernetesApiException or KubeConfigException or OperationCanceledException)
        {
            return []; // No completions: the command itself will say what is wrong.
        }
    }

    private async Task<IReadOnlyList<string>> NamesAsync<T>(ParseResult parsed)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        using var patience = new CancellationTokenSource(Patience);
        var invocation = new Invocation(services, globals, parsed);
        var items = await invocation.Cluster.ListAsync<T>(invocation.Namespace, patience.Token);
        return [.. items.Select(i => i.Value.Metadata.Name)];
    }
}
