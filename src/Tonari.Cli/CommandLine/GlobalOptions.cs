using System.CommandLine;

namespace Tonari.Cli.CommandLine;

/// <summary>Options that every command understands, named as kubectl names them.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Kubeconfig { get; } = new Option<string?>("--kubeconfig")
    {
        Description = "Path of the kubeconfig file; otherwise KUBECONFIG, ~/.kube/config, or the pod's own account",
        HelpName = "FILE",
        Recursive = true,
    }.Checked(ValueForms.FilePath);

    public Option<string?> Context { get; } = new Option<string?>("--context")
    {
        Description = "Context of the kubeconfig: which of the two clusters to talk to",
        HelpName = "NAME",
        Recursive = true,
    }.Checked(ValueForms.Context);

    public Option<string?> Namespace { get; } = new Option<string?>("--namespace", "-n")
    {
        Description = "Namespace; otherwise the context's own, or default",
        HelpName = "NAME",
        Recursive = true,
    }.Checked(ValueForms.Namespace);

    public Option<TimeSpan?> RequestTimeout { get; } = DurationOption.Create(
        "--request-timeout", "How long one request to the API server may take, at most 30s, which is the default", recursive: true);

    public Option<bool> NoColour { get; } = new("--no-color")
    {
        Description = "No colours; also by the environment variable NO_COLOR, and whenever the output is not a terminal",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "On an error also print what lies behind it",
        Recursive = true,
    };

    public IEnumerable<Option> All => [Kubeconfig, Context, Namespace, RequestTimeout, NoColour, Verbose];
}
