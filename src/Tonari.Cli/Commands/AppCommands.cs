using System.CommandLine;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Terminal;
using Tonari.Cli.Views;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari app</c>.</summary>
internal static class AppCommands
{
    public static Command Create(CommandFactory factory) => CommandFactory.Group(
        "app",
        "Applications: what belongs together and moves as one",
        Define(factory),
        ListCommand.Namespaced<Application>(
            factory, "app", "applications", (items, view) => ResourceTables.Applications(items, view.WithNamespace, view.Wide, view.Now)),
        ListCommand.Show<Application>(factory, "app", "an application: its volumes, and whether they can be replicated or why not", "shop", ResourceDescriptions.Application),
        Delete(factory));

    private static ExampledCommand Define(CommandFactory factory)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the application" }.Checked(ValueForms.ObjectName);
        var selectors = new Option<string[]>("--selector", "-l")
        {
            Description = "Only objects of a namespace with these labels; may be given again for other namespaces",
            HelpName = "NAMESPACE=LABELS",
        }.Checked(ValueForms.NamespaceAndLabels);
        var includes = new Option<string[]>("--include-namespace") { Description = "Everything in this namespace as well; may be given again", HelpName = "NAMESPACE" }
            .Checked(ValueForms.Namespace);
        var output = OutputOption.Create();
        return factory.Action(
            "define",
            "Define an application, or change its definition; without options it is everything in its namespace",
            [
                "tonari app define shop -n shop",
                "tonari app define shop -n shop --selector shop=app=web --include-namespace shop-db",
            ],
            [name, selectors, includes, output],
            async (invocation, ct) =>
            {
                var spec = new ApplicationSpec { Namespaces = Namespaces(invocation.Namespace, invocation.Get(selectors) ?? [], invocation.Get(includes) ?? []) };
                await ConsentAsync(invocation, spec, ct);
                var existing = await invocation.Cluster.FindAsync<Application>(invocation.Namespace, invocation.Get(name), ct);
                if (existing is null)
                {
                    var created = await CreateAsync(invocation, invocation.Get(name), spec, ct);
                    ResourcePrinter.PrintDone(invocation, invocation.Get(output), KubeJson.ToJson(created), "defined");
                    return ExitCode.Done;
                }

                var patch = new JsonObject { ["spec"] = new JsonObject { ["namespaces"] = KubeJson.ToJson(spec)["namespaces"]!.DeepClone() } };
                var changed = await invocation.Cluster.MergeAsync<Application>(invocation.Namespace, invocation.Get(name), patch, ct);
                ResourcePrinter.PrintDone(invocation, invocation.Get(output), changed.Json, "defined anew");
                return ExitCode.Done;
            });
    }

    public static Task<Application> CreateAsync(Invocation invocation, string name, ApplicationSpec spec, CancellationToken ct) => invocation.Cluster.CreateAsync(
        new Application { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = invocation.Namespace }, Spec = spec }, ct);

    /// <summary>Lets applications of this namespace take the others that are named, where whoever runs this may change them.</summary>
    private static async Task ConsentAsync(Invocation invocation, ApplicationSpec spec, CancellationToken ct)
    {
        foreach (var other in spec.Namespaces.Select(ns => ns.Name).Where(other => other != invocation.Namespace))
        {
            if (await invocation.Cluster.FindAsync<V1Namespace>(null, other, ct) is not { } found || ApplicationConsent.IsGiven(found.Json, invocation.Namespace))
                continue;
            var patch = ApplicationConsent.Patch(found.Json.Annotation(ApplicationConsent.Annotation), invocation.Namespace);
            await invocation.Cluster.MergeAsync<V1Namespace>(null, other, patch, ct);
        }
    }

    private static ExampledCommand Delete(CommandFactory factory)
    {
        var name = factory.Names.Name<Application>("NAME", "Name of the application");
        var yes = SharedOptions.Yes();
        return factory.Action(
            "delete", "Delete a definition; what it defines is not touched", ["tonari app delete shop -n shop"], [name, yes],
            async (invocation, ct) =>
            {
                var (ns, app) = (invocation.Namespace, invocation.Get(name));
                await invocation.Cluster.GetAsync<Application>(ns, app, ct);
                var mirrors = (await invocation.Cluster.ListAsync<AppMirror>(ns, ct)).Where(m => m.Value.Spec.Application == app).Select(m => m.Value.Name).ToList();
                if (mirrors.Count > 0)
                {
                    throw CliException.Refused(
                        $"The application {app} is replicated by {string.Join(", ", mirrors)}.", $"Delete that first: tonari mirror delete {mirrors[0]}{invocation.Repeat}");
                }

                if (!invocation.Get(yes))
                {
                    await Confirmation.YesAsync(invocation.Terminal, $"Delete the definition of {app}? Its objects and volumes stay.", ct);
                }

                await invocation.Cluster.DeleteAsync<Application>(ns, app, ct);
                invocation.Terminal.Write($"application.tonari.dev/{app} deleted");
                return ExitCode.Done;
            });
    }

    private static List<ApplicationNamespace> Namespaces(string own, string[] selectors, string[] includes)
    {
        var chosen = new List<ApplicationNamespace>();
        foreach (var text in selectors)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            _ = LabelSelectorText.TryParse(text[(equals + 1)..], out var selector, out _);
            chosen.Add(new ApplicationNamespace { Name = text[..equals], Selector = selector });
        }

        // Further namespaces are added to the application's own, unless that is narrowed by labels.
        if (includes.Length > 0 && !includes.Contains(own) && chosen.TrueForAll(c => c.Name != own))
        {
            chosen.Insert(0, new ApplicationNamespace { Name = own });
        }

        chosen.AddRange(includes.Select(ns => new ApplicationNamespace { Name = ns }));
        if (chosen.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw CliException.Usage($"The namespace {twice.Key} is given twice.", "Give each namespace once: with labels, or whole.");
        }

        return chosen;
    }
}
