using System.Diagnostics;

namespace Tonari.Controller.Tests.Hosting;

/// <summary>What the program is started with and cannot be meant is refused by the option's name, before anything else happens.</summary>
public sealed class ProgramOptionTests
{
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

    private static readonly Dictionary<string, string> Good = new() { ["--cluster-name"] = "blue", ["--peer-endpoint"] = "blue.example:7443" };

    private static async Task<(int Code, string Said)> RunAsync(IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tonari-controller"), args) { RedirectStandardError = true, RedirectStandardOutput = true };
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
