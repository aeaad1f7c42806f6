using System.CommandLine;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Views;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari hook</c>.</summary>
internal static class HookCommands
{
    public static Command Create(CommandFactory factory) => CommandFactory.Group(
        "hook",
        "Commands that run in an application's containers at stages of Tonari's work",
        ListCommand.Namespaced<ExecHook>(
            factory, "hook", "hooks", (items, view) => ResourceTables.Hooks(items, view.WithNamespace, view.Wide, view.Now)));
}
