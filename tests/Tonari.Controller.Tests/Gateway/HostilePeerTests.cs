using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using k8s.Models;
using Tonari.Controller.Peers;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Tests.Gateway;

/// <summary>A neighbour with a valid certificate that has fallen into wrong hands, at the real gateway of blue.</summary>
public sealed partial class HostilePeerTests : TwoClusters
{
    public static TheoryData<string, Action<MirrorDefinition>> BadDefinitions => new()
    {
        { "id", d => d.MirrorId = "aaaa/../aa" },
        { "name, a namespace", d => d.Namespace = "../kube-system" },
        { "name, a namespace", d => d.Namespace = ".." },
        { "name, a namespace", d => d.Name = "a..b" },
        { "name, a namespace", d => d.Application = "-shop" },
        { "name, a namespace", d => d.Name = new string('a', 254) },
        { "first role", d => d.Role = "Fenced" },
        { "schedule", d => d.Schedule = "1ms" },
        { "schedule", d => d.Schedule = "2562047h" },
        { "RPO", d => d.WantedRpo = "2562047h" },
        { "fenced or deleted", d => d.OnFenced = "99" },
        { "fenced or deleted", d => d.ReplicaVolumesOnDelete = "Burn" },
        { "retains", d => d.Retain = int.MaxValue },
        { "rate limit", d => d.RateLimitBytesPerSecond = -1 },
        { "from namespaces to namespaces", d => d.NamespaceMapping["shop"] = "a/b" },
        { "from storage classes", d => d.StorageClassMapping["fast"] = "not a name" },
        { "at most 100", d => d.NamespaceMapping.Add(Enumerable.Range(0, 101).ToDictionary(i => $"a{i}", i => $"b{i}")) },
    };

    [Theory]
    [MemberData(nameof(BadDefinitions))]
    public async Task A_definition_that_is_none_makes_nothing(string because, Action<MirrorDefinition> spoil)
    {
        var definition = Definition();
        spoil(definition);

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(definition, Ct))).Message.ShouldContain(because);
        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.PreflightAsync(new PreflightRequest { Mirror = definition }, Ct))).Message.ShouldContain(because);

        _blue.Stored<AppMirror>().ShouldBeEmpty();
        _blue.Stored<V1Namespace>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("kube-system", "shop")]
    [InlineData("tonari-system", "shop")]
    [InlineData("shop", "kube-system")]
    [InlineData("shop", "tonari-system")]
    public async Task Allowed_everywhere_does_not_mean_the_systems_namespaces(string own, string mapped)
    {
        var definition = Definition();
        definition.Namespace = own;
        definition.NamespaceMapping["theirs"] = mapped;

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(definition, Ct))).Message.ShouldContain("allowedNamespaces");

        _blue.Stored<AppMirror>().ShouldBeEmpty();
        _blue.Stored<V1Namespace>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mapping_does_not_lead_out_of_the_allowed_namespaces()
    {
        _blue.Knows(_green, spec => spec with { AllowedNamespaces = ["shop"] });
        var definition = Definition();
        definition.NamespaceMapping["theirs"] = "bank";

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(definition, Ct))).Message.ShouldContain("bank");

        _blue.Stored<AppMirror>().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_id_of_another_neighbours_mirror_gives_no_say_in_it()
    {
        _blue.Mirror("red");
        var definition = Definition();
        definition.Name = "mine";

        await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(definition, Ct));
        var view = new MirrorView { MirrorId = Id, Role = "Primary", Application = "Running", Epoch = 99 };
        await Blue.ExchangeAsync(new ExchangeRequest { Mirrors = { view } }, Ct);

        _blue.Stored<AppMirror>().ShouldHaveSingleItem().Spec.Peer.ShouldBe("red");
        _blue.Views.Get(Id).ShouldBeNull();
    }

    [Fact]
    public async Task It_can_fill_the_cluster_with_only_so_many_mirrors()
    {
        for (var i = 0; i < PeerLimits.MostMirrors; i++)
            _blue.Mirror("green", $"m{i:000000000}");

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(Definition(), Ct))).Message.ShouldContain("Delete some first");
    }

    public static TheoryData<string, Action<MirrorView>> BadViews => new()
    {
        { "role", v => v.Role = "King" },
        { "role number", v => v.Role = "1" },
        { "application", v => v.Application = "x\nforged" },
        { "negative epoch", v => v.Epoch = -1 },
        { "epoch without end", v => v.Epoch = long.MaxValue },
        { "foreign snapshot", v => v.Snapshots.Add("m-bbbbbbbbbb-e1-s1") },
        { "padded snapshot", v => v.Snapshots.Add($"m-{Id}-e{new string('0', 100_000)}1-s1") },
        { "many snapshots", v => v.Snapshots.Add(Enumerable.Range(0, 1001).Select(i => $"m-{Id}-e1-s{i}")) },
        { "operation", v => v.OperationId = new string('x', 100_000) },
        { "hold", v => v.HoldOperation = "a b" },
        { "stage", v => v.OperationStage = "\u001b[2J" },
    };

    [Theory]
    [MemberData(nameof(BadViews))]
    public async Task A_view_that_is_none_changes_nothing_that_is_known(string what, Action<MirrorView> spoil)
    {
        _blue.Mirror("green");
        await Blue.ExchangeAsync(new ExchangeRequest { Mirrors = { View() } }, Ct);
        var before = _blue.Views.Get(Id);
        var bad = View();
        spoil(bad);

        await Blue.ExchangeAsync(new ExchangeRequest { Mirrors = { bad } }, Ct);

        _blue.Views.Get(Id).ShouldBe(before, what);
        _blue.Log.Lines.ShouldAllBe(l => l.Length < 2000 && !l.Contains('\n') && !l.Contains('\u001b'));
    }

    [Fact]
    public async Task What_it_says_for_people_is_short_and_plain_and_no_time_is_a_crash()
    {
        _blue.Mirror("green");
        var view = View();
        view.ApplicationSince = new Timestamp { Seconds = long.MaxValue, Nanos = -5 };
        view.FinishedOperationId = "op-1";
        view.FinishedOperationMessage = "\u001b[31m" + new string('x', 1_000_000) + "\n2026-01-01 forged";
        view.Pull = new RunningPull { Name = $"m-{Id}-e1-s1", StartedAt = new Timestamp { Seconds = -1, Nanos = int.MaxValue } };

        await Blue.ExchangeAsync(new ExchangeRequest { Mirrors = { view } }, Ct);

        var known = _blue.Views.Get(Id)!;
        (known.HasMirror, known.ApplicationSince, known.Pull).ShouldBe((true, null, null));
        known.Finished!.Message.ShouldSatisfyAllConditions(m => m.Length.ShouldBeLessThanOrEqualTo(1000), m => m.ShouldNotContain("\u001b"));
    }

    [Fact]
    public async Task A_flood_of_views_is_one_line_in_the_log()
    {
        _blue.Mirror("green");
        var request = new ExchangeRequest();
        request.Mirrors.Add(Enumerable.Range(0, 50_000).Select(i => new MirrorView { MirrorId = $"x{i}", Role = "?" }));
        var before = _blue.Log.Lines.Count;

        await Blue.ExchangeAsync(request, Ct);

        (_blue.Log.Lines.Count - before).ShouldBeLessThan(20);
    }

    public static TheoryData<string, Action<PreflightRequest>> BadPreflights => new()
    {
        { "volumes", r => r.Volumes.Add(Enumerable.Range(0, 257).Select(i => new PreflightVolume { Key = $"shop/v{i}", SizeBytes = 1 })) },
        { "namespace and name", r => r.Volumes.Add(new PreflightVolume { Key = "../../x", SizeBytes = 1 }) },
        { "bytes", r => r.Volumes.Add(new PreflightVolume { Key = "shop/v", SizeBytes = long.MaxValue }) },
        { "bytes", r => r.Volumes.Add(new PreflightVolume { Key = "shop/v", SizeBytes = -1 }) },
        { "twice", r => r.Volumes.Add([new PreflightVolume { Key = "shop/v" }, new PreflightVolume { Key = "shop/v" }]) },
        { "storage class", r => r.Volumes.Add(new PreflightVolume { Key = "shop/v", StorageClass = "a b" }) },
    };

    [Theory]
    [MemberData(nameof(BadPreflights))]
    public async Task A_preflight_that_is_none_is_refused(string because, Action<PreflightRequest> spoil)
    {
        var request = new PreflightRequest { Mirror = Definition() };
        spoil(request);

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.PreflightAsync(request, Ct))).Message.ShouldContain(because);
    }

    public static TheoryData<string, SubmitOperationRequest> BadOperations => new()
    {
        { "id", new() { OperationId = "", Type = "Sync" } },
        { "id", new() { OperationId = new string('x', 64), Type = "Sync" } },
        { "id", new() { OperationId = "a\nb", Type = "Sync" } },
        { "kind of operation", new() { OperationId = "op", Type = "Burn" } },
        { "kind of operation", new() { OperationId = "op", Type = "1" } },
        { "group snapshot of this mirror", new() { OperationId = "op", Type = "FailOver", Snapshot = "m-bbbbbbbbbb-e1-s1" } },
        { "names of at most", new() { OperationId = "op", Type = "Resync", Confirm = new string('x', 300) } },
        { "names of at most", new() { OperationId = "op", Type = "Resync", Keep = new string('x', 300) } },
    };

    [Theory]
    [MemberData(nameof(BadOperations))]
    public async Task An_operation_that_is_none_is_not_handed_on(string because, SubmitOperationRequest request)
    {
        _blue.Mirror("green");
        request.MirrorId = Id;

        var refused = await Should.ThrowAsync<RpcException>(async () => await Raw().SubmitOperationAsync(request, cancellationToken: Ct));

        (refused.StatusCode, refused.Status.Detail.Contains(because, StringComparison.Ordinal)).ShouldBe((StatusCode.InvalidArgument, true), refused.Status.Detail);
        _blue.Stored<AppMirror>().Single().Spec.Operation.ShouldBeNull();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(10, int.MaxValue)]
    public async Task A_hold_of_no_duration_is_refused(long seconds, int nanos)
    {
        _blue.Mirror("green");
        var request = new HoldRequest { MirrorId = Id, OperationId = "swap", Epoch = 2, Duration = new Duration { Seconds = seconds, Nanos = nanos } };

        var refused = await Should.ThrowAsync<RpcException>(async () => await Raw().HoldAsync(request, cancellationToken: Ct));

        refused.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        _blue.Status().Hold.ShouldBeNull();
    }

    private Peer.PeerClient Raw() => new(_blue.ChannelAs(_green.Identity));

    private static MirrorDefinition Definition() => new()
    {
        MirrorId = Id,
        Name = "shop",
        Namespace = "shop",
        Application = "shop",
        Role = nameof(MirrorRole.Secondary),
        Schedule = "1m",
        Retain = 3,
        OnFenced = nameof(FencedAction.Stop),
        ReplicaVolumesOnDelete = nameof(ReplicaVolumesOnDelete.Delete),
    };

    private static MirrorView View() => new() { MirrorId = Id, Role = "Secondary", Application = "Stopped", Epoch = 2 };
}
