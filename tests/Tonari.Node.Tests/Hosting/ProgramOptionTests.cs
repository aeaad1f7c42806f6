using Tonari.Testing;

namespace Tonari.Node.Tests.Hosting;

/// <summary>What the program is started with and cannot be meant is refused by the option's name, before anything else happens.</summary>
public sealed class ProgramOptionTests
{
    private static readonly OutsideCluster Program = new("tonari-node", new Dictionary<string, string> { ["--node-name"] = "blue", ["--agent-address"] = "127.0.0.1:7444" });

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
        var (code, said) = await Program.RunAsync(option, value, Ct);

        (code, said.Contains(option, StringComparison.Ordinal)).ShouldBe((1, true), said);
        said.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Without_a_cluster_it_says_so()
    {
        var (code, said) = await Program.RunAsync(Ct);

        code.ShouldBe(1);
        said.ShouldStartWith("This program runs in a cluster");
    }
}
