using System.CommandLine;
using Tonari.Cli.Connection;
using Tonari.Cli.Terminal;

namespace Tonari.Cli.CommandLine;

/// <summary>One run of one command: its arguments, its user, its cluster.</summary>
internal sealed class Invocation(CliServices services, GlobalOptions globals, ParseResult parsed)
{
    private UserTerminal? terminal;
    private Cluster? cluster;
    private ClusterConnection? connection;

    public CliServices Services { get; } = services;

    public TimeProvider Clock => Services.Clock;

    public DateTimeOffset Now => Services.Clock.GetUtcNow();

    public bool Verbose => parsed.GetValue(globals.Verbose);

    public UserTerminal Terminal => terminal ??= Services.Terminal(parsed.GetValue(globals.NoColour));

    /// <summary>Connects at first use, so that help and usage errors need no cluster.</summary>
    public Cluster Cluster => cluster ??= new Cluster(Connection.Api, parsed.GetValue(globals.RequestTimeout));

    /// <summary>The namespace asked for, or the context's own.</summary>
    public string Namespace => parsed.GetValue(globals.Namespace) ?? Connection.DefaultNamespace;

    /// <summary>How the user repeats global options in a command that is suggested to them.</summary>
    public string Repeat =>
        (parsed.GetValue(globals.Namespace) is { } ns ? $" -n {ns}" : "") + (parsed.GetValue(globals.Context) is { } context ? $" --context {context}" : "");

    private ClusterConnection Connection => connection ??= Services.Connect(new ConnectionOptions(
        parsed.GetValue(globals.Kubeconfig), parsed.GetValue(globals.Context)));

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);
}
