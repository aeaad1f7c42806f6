using Tonari.Cli.Connection;
using Tonari.Cli.Terminal;
using Tonari.Kubernetes;
using Tonari.Testing;

namespace Tonari.Cli.Tests.Fixtures;

/// <summary>The program with a cluster, a user and a clock of the test's own.</summary>
internal sealed class TestCli
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public TestCli()
    {
        Clock = new ScriptedClock(Start);
        Api = new FakeKubernetesApi(Clock);
    }

    public FakeKubernetesApi Api { get; }

    public ScriptedClock Clock { get; }

    /// <summary>What the user types.</summary>
    public string Input { get; set; } = "";

    public TerminalFeatures Features { get; set; } = TerminalFeatures.Plain;

    public StringWriter Output { get; } = new() { NewLine = "\n" };

    public StringWriter Error { get; } = new() { NewLine = "\n" };

    /// <summary>How often a way to the cluster was looked for.</summary>
    public int Connections { get; private set; }

    /// <summary>Both streams, as a golden file keeps them.</summary>
    public string Shown => Error.GetStringBuilder().Length == 0 ? Output.ToString() : $"{Output}--- stderr\n{Error}";

    /// <summary>Runs a command line, split at blanks.</summary>
    public Task<int> RunAsync(string commandLine) => RunUntilAsync(commandLine, TestContext.Current.CancellationToken);

    /// <summary>Runs a command line whose user may press Ctrl-C.</summary>
    public Task<int> RunUntilAsync(string commandLine, CancellationToken ct) =>
        StartAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), ct);

    /// <summary>Runs with these very arguments.</summary>
    public Task<int> RunArgsAsync(IReadOnlyList<string> args) => StartAsync(args, TestContext.Current.CancellationToken);

    private Task<int> StartAsync(IReadOnlyList<string> args, CancellationToken ct)
    {
        var services = new CliServices(
            noColour => new UserTerminal(new StringReader(Input), Output, Error, noColour ? Features with { Colour = false } : Features),
            _ => Connected(),
            Clock,
            new CountedRandomness());
        return CliHost.RunAsync(services, args, Output, Error, ct);
    }

    private ClusterConnection Connected()
    {
        Connections++;
        return new ClusterConnection(Api, "shop");
    }

    private sealed class CountedRandomness : IRandomness
    {
        private int count;

        public string NewId(int length) => $"id{++count}".PadRight(length, 'x');

        public string NewSecret() => "c2VjcmV0";
    }
}
