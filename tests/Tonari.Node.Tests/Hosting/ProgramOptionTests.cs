using System.Diagnostics;

namespace Tonari.Node.Tests.Hosting;

/// <summary>What the program is started with and cannot be meant is refused by the option's name, before anything else happens.</summary>
public sealed class ProgramOptionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--node-name", "")]
    [InlineData("--node-name", "../x")]
    [InlineData("--agent-address", "here")]
    [InlineData("--agent-address", "127.0.0.1")]
    [InlineData("--agent-address", "127.0.0.1:99999")]
    [InlineData("--kubelet-dir", "relative")]
    [InlineData("--pools-dir", "")]
    [InlineData("--health-port", "0")]
    [InlineData("--health-port", "65536")]
    [InlineData("--health-port", "many")]
    [InlineData("--namespace", "../x")]
    public async Task It_is_refused_by_name(string option, string value)
    {
        var (code, said) = await RunAsync([.. Good.Where(pair => pair.Key != option).SelectMany(pair => (string[])[pair.Key, pair.Value]), option, value]);

        (code, said.Contains(option, StringComparison.Ordinal)).ShouldBe((1, true), said);
        said.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Without_a_cluster_it_says_so()
    {
        var (code, said) = await RunAsync([.. Good.SelectMany(pair => (string[])[pair.Key, pair.Value])]);

        code.ShouldBe(1);
        said.ShouldStartWith("This program runs in a cluster");
    }

    private static readonly Dictionary<string, string> Good = new() { ["--node-name"] = "blue", ["--agent-address"] = "127.0.0.1:7444" };

    private static async Task<(int Code, string Said)> RunAsync(IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tonari-node"), args) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = "/nonexistent";
        start.Environment["HOME"] = "/nonexistent";
        start.Environment.Remove("KUBERNETES_SERVICE_HOST");
        using var program = Process.Start(start)!;
        var error = program.StandardError.ReadToEndAsync(Ct);
        await program.StandardOutput.ReadToEndAsync(Ct);
        await program.WaitForExitAsync(Ct);
        return (program.ExitCode, await error);
    }
}
