using Tonari.Testing;

namespace Tonari.Controller.Tests.Hosting;

/// <summary>What the program is started with and cannot be meant is refused by the option's name, before anything else happens.</summary>
public sealed class ProgramOptionTests
{
    private static readonly OutsideCluster Program = new("tonari-controller", new Dictionary<string, string> { ["--cluster-name"] = "blue", ["--peer-endpoint"] = "blue.example:7443" });

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--cluster-name", "")]
    [InlineData("--cluster-name", "Blue")]
    [InlineData("--cluster-name", "../x")]
    [InlineData("--peer-endpoint", "here")]
    [InlineData("--peer-endpoint", "a:99999999")]
    [InlineData("--peer-port", "0")]
    [InlineData("--peer-port", "-1")]
    [InlineData("--metrics-port", "65536")]
    [InlineData("--web-port", "many")]
    [InlineData("--namespace", "a.b")]
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
