using System.CommandLine;
using System.Globalization;
using k8s.Models;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Rendering;
using Tonari.Cli.Views;
using Tonari.Cli.Waiting;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Cli.Commands;

/// <summary><c>tonari mirror configure</c>.</summary>
internal static class ConfigureCommand
{
    public static Command Create(CommandFactory factory)
    {
        var options = new ConfigureOptions(factory);
        return factory.Action(
            "configure",
            "Replicate an application to a neighbouring cluster, from now on",
            [
                "tonari mirror configure shop --to green -n shop",
                "tonari mirror configure shop --to green -n shop --define --schedule 1m --rpo 5m --map-namespace shop=shop-dr --map-class fast=standard",
            ],
            options.All,
            (invocation, ct) => RunAsync(invocation, options, ct));
    }

    private static async Task<int> RunAsync(Invocation invocation, ConfigureOptions options, CancellationToken ct)
    {
        var mirror = options.Read(invocation);
        await CheckPeerAsync(invocation, mirror.Spec.Peer, ct);
        await EnsureApplicationAsync(invocation, mirror.Spec.Application, invocation.Get(options.Define), ct);
        var others = await invocation.Cluster.ListAsync<AppMirror>(invocation.Namespace, ct);
        if (others.Select(o => o.Value).FirstOrDefault(o => o.Name == mirror.Name || o.Spec.Application == mirror.Spec.Application) is { } other)
        {
            throw CliException.Refused(
                $"There is a mirror {other.Name} of {other.Spec.Application} already.", $"See: tonari mirror show {other.Name}{invocation.Repeat}");
        }

        var created = await invocation.Cluster.CreateAsync(mirror, ct);
        var format = invocation.Get(options.Output);
        if (invocation.Get(options.NoWait))
        {
            ResourcePrinter.PrintDone(invocation, format, KubeJson.ToJson(created), "configured");
            return ExitCode.Done;
        }

        var follower = new EstablishFollower();
        var wait = new WaitRequest(
            invocation.Get(options.Timeout), format.IsForMachines(), $"It goes on by itself. See: tonari mirror watch {mirror.Name}{invocation.Repeat}");
        await Follow.UntilFinishedAsync(
            invocation,
            wait,
            async token => follower.Observe(
                new MirrorFacts((await invocation.Cluster.GetAsync<AppMirror>(invocation.Namespace, mirror.Name, token)).Value, null), invocation.Now),
            ct);
        if (follower.Problems.Count > 0)
        {
            throw CliException.Refused(
                $"{mirror.Name} cannot be established yet: {follower.Problems.Count} {(follower.Problems.Count == 1 ? "problem" : "problems")} above.",
                $"Solve them and it goes on by itself (tonari mirror watch {mirror.Name}{invocation.Repeat}), or give it up: tonari mirror delete {mirror.Name}{invocation.Repeat}");
        }

        var final = await invocation.Cluster.GetAsync<AppMirror>(invocation.Namespace, mirror.Name, ct);
        ResourcePrinter.PrintOne(invocation, format, final, () => [new Line(new Span("Established", Tone.Good), $" in {Format.Duration(invocation.Now - follower.StartedAt)}.")]);
        return ExitCode.Done;
    }

    private static async Task CheckPeerAsync(Invocation invocation, string peer, CancellationToken ct)
    {
        if (await invocation.Cluster.FindAsync<ClusterPeer>(null, peer, ct) is null)
        {
            var known = (await invocation.Cluster.ListAsync<ClusterPeer>(null, ct)).Select(p => p.Value.Name).ToList();
            throw CliException.Refused(
                $"There is no neighbour {peer}.",
                known.Count > 0 ? $"There is: {string.Join(", ", known)}." : "Make one: tonari peer invite there, tonari peer join TOKEN here.");
        }
    }

    private static async Task EnsureApplicationAsync(Invocation invocation, string name, bool define, CancellationToken ct)
    {
        if (await invocation.Cluster.FindAsync<Application>(invocation.Namespace, name, ct) is not null)
        {
            return;
        }

        if (!define)
        {
            throw CliException.Refused(
                $"There is no Application {name} in namespace {invocation.Namespace}.",
                $"Define it: tonari app define {name} -n {invocation.Namespace}. Or add --define to take everything in that namespace.");
        }

        await AppCommands.CreateAsync(invocation, name, new ApplicationSpec(), ct);
    }
}

/// <summary>The arguments of <c>mirror configure</c> and what they say.</summary>
internal sealed class ConfigureOptions(CommandFactory factory)
{
    private readonly Argument<string> app = factory.Names.Name<Application>("APP", "Name of the application");
    private readonly Option<string> peer = PeerOption(factory);
    private readonly Option<TimeSpan?> schedule = DurationOption.Create(
        "--schedule", $"Time from the start of one sync to the start of the next, at least {Format.Exact(MirrorLimits.ShortestSchedule)} (default 5m)",
        shortest: MirrorLimits.ShortestSchedule);
    private readonly Option<TimeSpan?> rpo = DurationOption.Create("--rpo", "How old the newest complete group snapshot may become (default: twice the schedule)");
    private readonly Option<TimeSpan?> verify = DurationOption.Create(
        "--verify-schedule", $"Time from one proof of the replica to the next, at least {Format.Exact(MirrorLimits.ShortestVerifySchedule)}; 0s: only when asked for (default 168h)",
        zero: "only when asked for", shortest: MirrorLimits.ShortestVerifySchedule);
    private readonly Option<string[]> namespaces = MappingOption("--map-namespace", "This namespace has another name there; may be given again", ValueForms.Namespace);
    private readonly Option<string[]> classes = MappingOption("--map-class", "This storage class has another name there; may be given again", ValueForms.ObjectName);
    private readonly Option<int> retain = RetainOption();
    private readonly Option<FencedAction> onFenced = OnFencedOption();
    private readonly Option<string?> name = new Option<string?>("--name") { Description = "Name of the mirror; otherwise the application's", HelpName = "NAME" }
        .Checked(ValueForms.ObjectName);

    public Option<bool> Define { get; } = new("--define") { Description = "Define the application as everything in its namespace where it is not defined yet" };

    public Option<bool> NoWait { get; } = SharedOptions.NoWait();

    public Option<TimeSpan?> Timeout { get; } = SharedOptions.Timeout();

    public Option<OutputFormat> Output { get; } = OutputOption.Create();

    public IReadOnlyList<Symbol> All => [app, peer, schedule, rpo, verify, namespaces, classes, retain, onFenced, name, Define, NoWait, Timeout, Output];

    public AppMirror Read(Invocation invocation)
    {
        var spec = new AppMirrorSpec
        {
            Application = invocation.Get(app),
            Peer = invocation.Get(peer)!,
            MirrorId = invocation.Services.Randomness.NewId(MirrorRequests.MirrorIdLength),
            NamespaceMapping = Pairs(invocation.Get(namespaces)),
            StorageClassMapping = Pairs(invocation.Get(classes)),
            WantedRpo = invocation.Get(rpo) is { } wanted ? new GoDuration(wanted) : null,
            Verify = invocation.Get(verify) is { } between ? new MirrorVerifySpec { Schedule = new GoDuration(between) } : new MirrorVerifySpec(),
            Retain = invocation.Get(retain),
            OnFenced = invocation.Get(onFenced),
        };
        return new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = invocation.Get(name) ?? spec.Application, NamespaceProperty = invocation.Namespace },
            Spec = invocation.Get(schedule) is { } every ? spec with { Schedule = new GoDuration(every) } : spec,
        };
    }

    private static Dictionary<string, string> Pairs(string[]? texts) => (texts ?? []).Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);

    private static Option<string[]> MappingOption(string name, string description, Func<string, string?> wrong)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "HERE=THERE" }.Checked(ValueForms.Pair(wrong));
        option.Validators.Add(result =>
        {
            if (result.Tokens.Select(token => token.Value.Split('=')[0]).GroupBy(here => here).FirstOrDefault(same => same.Count() > 1) is { } twice)
            {
                result.AddError($"{name}: {twice.Key} is given twice. Give each one name there.");
            }
        });
        return option;
    }

    private static Option<int> RetainOption() => new("--retain")
    {
        Description = "Complete group snapshots kept on each side, 1 to 100",
        HelpName = "COUNT",
        DefaultValueFactory = _ => 3,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 100)
            {
                return count;
            }

            result.AddError($"--retain: '{result.Tokens[0].Value}' is not a number between 1 and 100.");
            return 0;
        },
    };

    private static Option<string> PeerOption(CommandFactory factory)
    {
        var option = new Option<string>("--to") { Description = "The neighbour that is to receive", HelpName = "PEER", Required = true }.Checked(ValueForms.ObjectName);
        option.CompletionSources.Add(factory.Names.Complete<ClusterPeer>);
        return option;
    }

    private static Option<FencedAction> OnFencedOption()
    {
        var option = new Option<FencedAction>("--on-fenced")
        {
            Description = "What this side does with its running application when the other has taken over: stop (default) or warn",
            HelpName = "ACTION",
            CustomParser = result =>
            {
                switch (result.Tokens[0].Value)
                {
                    case "stop":
                        return FencedAction.Stop;
                    case "warn":
                        return FencedAction.Warn;
                    default:
                        result.AddError($"--on-fenced: '{result.Tokens[0].Value}' is neither stop nor warn.");
                        return FencedAction.Stop;
                }
            },
        };
        option.CompletionSources.Add("stop", "warn");
        return option;
    }
}
