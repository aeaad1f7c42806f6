using System.CommandLine;
using System.CommandLine.Help;
using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Pairing;
using Tonari.Testing;

namespace Tonari.Cli.Tests;

/// <summary>Whatever is typed for an option or argument that cannot be meant is refused by its name, in one sentence, before any cluster is asked.</summary>
public sealed class BadValueTests
{
    private const string Escape = "\u001b[2Jshop\nforged";
    private static readonly string Long = new('a', 100_000);
    private static readonly PairingToken Token = new("green.example:7443", new string('a', 64), "c2VjcmV0LW9mLXRoZS1wYWly", Example.Now.AddMinutes(10));
    private static readonly CliServices Nothing = new(
        _ => throw new InvalidOperationException(), _ => throw new InvalidOperationException(), TimeProvider.System, new SystemRandomness());

    /// <summary>What is no name of anything in Kubernetes.</summary>
    private static readonly string[] NoNames = ["Shop", "a b", "a/b", "../x", "..", "a..b", "-a", "a-", ".a", "a_b", "é", "a\u0000", "@/etc/hostname", "$(id)"];

    private static readonly string[] NoDurations =
        ["0s", "-5s", "5", "soon", "1d", "745h", "99999999999h", "9000000000000000000h", "1e9s", "1.1.1s", "5 m", "0x10s", "NaN", "../x"];

    /// <summary>By the name of the option or argument; what is not here is a name.</summary>
    private static readonly Dictionary<string, string[]> Particular = new()
    {
        ["--kubeconfig"] = ["\t"],
        ["--context"] = ["\t"],
        ["--namespace"] = [.. NoNames, "a.b", new string('a', 64)],
        ["--include-namespace"] = [.. NoNames, "a.b", new string('a', 64)],
        ["--selector"] = ["shop", "shop=", "=app=web", "Shop=app=web", "../x=app=web", "shop=a=b=c", "shop=a b", "shop=,", "shop=a in (b", "shop=a=$(id)", $"shop=app={new string('a', 64)}"],
        ["--map-namespace"] = ["shop", "shop=", "=shop", "a=b=c", "a=../b", "../a=b", "a=B", "a.b=c"],
        ["--map-class"] = ["fast", "fast=", "=fast", "a=b=c", "a=../b", "a=B b"],
        ["--retain"] = ["0", "-1", "101", "1.5", "many", "99999999999999999999", "0x3", "+3", " 3"],
        ["--on-fenced"] = ["Stop", "1", "burn"],
        ["--output"] = ["xml", "JSON", "0", "../x"],
        ["--schedule"] = [.. NoDurations, "9s"],
        ["--verify-schedule"] = [.. NoDurations.Skip(1), "59s"],
        ["--expires"] = [.. NoDurations, "25h"],
        ["SHELL"] = ["powershell", "BASH", "../bash"],
        ["TOKEN"] = ["rubbish", Token.Encode()[..^8], "eyJ9", "--", "../token"],
    };

    /// <summary>Every command with every option and argument that it understands: none can be forgotten.</summary>
    public static TheoryData<string, string> Places => [.. Symbols().Select(one => (CliHost.Path(one.Command), one.Symbol.Name))];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task What_cannot_be_meant_is_refused_by_name_before_any_cluster_is_asked(string command, string symbol)
    {
        foreach (var value in BadValuesOf(Symbols().Single(one => CliHost.Path(one.Command) == command && one.Symbol.Name == symbol).Symbol))
        {
            var cli = new TestCli();
            var about = $"<{value[..Math.Min(value.Length, 40)]}>";

            (await cli.RunArgsAsync(LineWith(command, symbol, value))).ShouldBe(ExitCode.Usage, about);

            var lines = cli.Error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            lines.Length.ShouldBe(2, about + cli.Error);
            lines[0].ShouldSatisfyAllConditions(
                about,
                l => l.ShouldStartWith("Error: "),
                l => l.ShouldContain(symbol),
                l => l.Length.ShouldBeLessThan(500),
                l => l.ShouldNotContain("System."),
                l => l.Any(char.IsControl).ShouldBeFalse());
            lines[1].ShouldBe($"See: {command} --help");
            cli.Output.ToString().ShouldBe("");
            (cli.Connections, cli.Api.Requests.Count).ShouldBe((0, 0), about);
        }
    }

    [Fact]
    public void What_is_known_of_an_option_is_known_of_one_that_exists() => Particular.Keys.ShouldBeSubsetOf(Symbols().Select(one => one.Symbol.Name));

    [Theory]
    [InlineData("app define", "define")]
    [InlineData("app define shop wiki", "wiki")]
    [InlineData("mirror configure shop --to green --to red", "--to")]
    [InlineData("mirror configure shop --to", "--to")]
    [InlineData("mirror configure shop --to green --map-namespace a=b --map-namespace a=c", "--map-namespace")]
    [InlineData("mirror show shop --unheard-of", "--unheard-of")]
    [InlineData("mirror explode", "explode")]
    public async Task What_is_missing_too_much_or_unheard_of_is_told(string line, string what)
    {
        var cli = new TestCli();

        (await cli.RunAsync(line)).ShouldBe(ExitCode.Usage, cli.Shown);

        cli.Error.ToString().ShouldContain(what);
        cli.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("[suggest:-1]")]
    [InlineData("[suggest:99999999999999]")]
    [InlineData("[suggest:999]")]
    [InlineData("[suggest:x]")]
    [InlineData("[suggest]")]
    [InlineData("[unheard-of:1]")]
    public async Task What_a_shell_should_not_ask_ends_without_a_crash(string directive)
    {
        var cli = new TestCli();
        (await cli.RunArgsAsync([directive, "tonari mirror show s"])).ShouldBeOneOf(ExitCode.Done, ExitCode.Usage);
    }

    [Fact]
    public async Task A_token_in_the_wrong_place_is_not_repeated()
    {
        foreach (var line in (string[][])[["peer", Token.Encode()], ["peer", "join", "-", Token.Encode()], ["peer", "join", Token.Encode(), Token.Encode()], ["peer", "join", Token.Encode()[..^4]]])
        {
            var cli = new TestCli();
            (await cli.RunArgsAsync(line)).ShouldBe(ExitCode.Usage);
            using var watch = new SecretWatch();
            watch.Shown(cli.Shown);
            watch.Leaks(Token.Secret, Token.Encode()).ShouldBeEmpty();
        }
    }

    private static IEnumerable<(Command Command, Symbol Symbol)> Symbols()
    {
        var root = CliHost.CreateRoot(Nothing);
        return Leaves(root).SelectMany(command => command.Arguments.Cast<Symbol>()
            .Concat(command.Options.Concat(root.Options).Where(option => option is not (HelpOption or VersionOption)))
            .Select(symbol => (command, symbol)));
    }

    private static IEnumerable<string> BadValuesOf(Symbol symbol)
    {
        IEnumerable<string> particular = symbol switch
        {
            _ when Particular.TryGetValue(symbol.Name, out var own) => own,
            Option<bool> => ["maybe", "1", "yes", "shop"],
            Option<TimeSpan?> => NoDurations,
            _ => NoNames,
        };
        return particular.Concat(["", " ", Escape, Long]).Distinct();
    }

    /// <summary>A command line that is good but for one value.</summary>
    private static List<string> LineWith(string path, string symbol, string value)
    {
        var root = CliHost.CreateRoot(Nothing);
        var command = Leaves(root).Single(c => CliHost.Path(c) == path);
        List<string> line = [.. path.Split(' ').Skip(1)];
        line.AddRange(command.Options.Where(o => o.Required && o.Name != symbol).SelectMany(o => (string[])[o.Name, "green"]));
        if (symbol.StartsWith('-'))
            line.Add($"{symbol}={value}");
        line.Add("--");
        line.AddRange(command.Arguments.Where(a => a.Name == symbol || a.Arity.MinimumNumberOfValues > 0).Select(a => a.Name == symbol ? value : Good(a)));
        return line;
    }

    private static string Good(Argument argument) => argument.Name switch
    {
        "SHELL" => "bash",
        "TOKEN" => Token.Encode(),
        _ => "shop",
    };

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
