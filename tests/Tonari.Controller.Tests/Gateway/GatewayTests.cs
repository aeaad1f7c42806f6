using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Gateway;

public sealed class GatewayTests : TwoClusters
{
    [Fact]
    public async Task Another_peers_mirror_does_not_exist_for_the_caller()
    {
        _blue.Mirror("red");

        foreach (var call in Calls(Id))
            await Should.ThrowAsync<PeerNotFoundException>(call);
        _blue.Snapshots.Taken.ShouldBeEmpty();
        _blue.Log.Lines.ShouldContain(l => l.Contains(_green.Identity.Fingerprint) && l.Contains("a snapshot"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../aaaaaaaa")]
    [InlineData("aaaaaaaaaa\nWarning: forged line")]
    public async Task Odd_mirror_ids_find_nothing_and_forge_no_log_line(string id)
    {
        _blue.Mirror("green");

        foreach (var call in Calls(id))
            await Should.ThrowAsync<PeerException>(call);
        _blue.Log.Lines.ShouldAllBe(l => !l.Contains('\n'));
        _blue.Snapshots.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_namespace_that_is_not_allowed_is_out_of_reach()
    {
        _blue.Knows(_green, spec => spec with { AllowedNamespaces = ["web"] });
        _blue.Mirror("green");

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct)))
            .Message.ShouldContain("allowedNamespaces");
    }

    [Fact]
    public async Task A_snapshot_is_taken_noted_and_told()
    {
        _blue.Mirror("green");

        var manifest = await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct);

        (manifest.Name, manifest.TakenAt.ToDateTimeOffset(), manifest.FrozenFor.ToTimeSpan().TotalMilliseconds, manifest.ResourcesBytes)
            .ShouldBe(($"m-{Id}-e2-s1", DateTimeOffset.UnixEpoch, 7, 99));
        manifest.Volumes.ShouldHaveSingleItem().ShouldBe(
            new ManifestVolume { Key = "shop/data", VolumeId = "pvc-1", SizeBytes = 2048, StorageClass = "tonari" });
        _blue.Status().Snapshots.ShouldHaveSingleItem().Name.ShouldBe($"m-{Id}-e2-s1");
        _blue.Status().Volumes.ShouldHaveSingleItem().SizeBytes.ShouldBe(2048);
        _blue.Snapshots.Last.ShouldBeNull("others follow");
    }

    [Fact]
    public async Task Asked_twice_for_the_same_snapshot_the_status_holds_it_once()
    {
        _blue.Mirror("green");

        await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct);
        await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct);

        _blue.Status().Snapshots.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("m-bbbbbbbbbb-e2-s1")]
    [InlineData("m-aaaaaaaaaa-e3-s1")]
    [InlineData("m-aaaaaaaaaa-e2-s1/../../x")]
    [InlineData("snapshot")]
    public async Task Only_the_mirrors_own_names_are_taken(string name)
    {
        _blue.Mirror("green");

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, name, false, Ct))).Reason.ShouldBe(PeerRefusal.Request);
        _blue.Snapshots.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_primary_that_has_heard_of_a_higher_epoch_serves_nothing()
    {
        _blue.Mirror("green", but: s => s with { HighestEpochSeen = 3 });

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct))).Reason.ShouldBe(PeerRefusal.State);
        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.GetResourcesAsync(Id, $"m-{Id}-e2-s1", Ct))).Reason.ShouldBe(PeerRefusal.State);
        _blue.Snapshots.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_snapshot_during_which_this_side_was_fenced_is_not_handed_out()
    {
        _blue.Mirror("green");
        _blue.Snapshots.Meanwhile = _ =>
        {
            _blue.Mirror("green", but: s => s with { Role = MirrorRole.Fenced, HighestEpochSeen = 3 });
            return Task.CompletedTask;
        };

        await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct));

        _blue.Status().Snapshots.ShouldBeEmpty();
        _blue.Snapshots.Undone.ShouldBe([$"blue-main m-{Id}-e2-s1"], "nobody knows of it, so nobody would ever delete it");
    }

    [Fact]
    public async Task A_snapshot_during_which_the_caller_left_is_noted_all_the_same()
    {
        _blue.Mirror("green");
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        _blue.Snapshots.Meanwhile = async left =>
        {
            var gone = new TaskCompletionSource();
            await using var registration = left.Register(gone.SetResult);
            await caller.CancelAsync();
            await gone.Task.WaitAsync(Ct);
        };

        await Should.ThrowAsync<OperationCanceledException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, caller.Token));

        await Eventually.TrueAsync(() => _blue.Status().Snapshots.Count == 1, "what was taken is in the status");
    }

    [Fact]
    public async Task A_question_that_comes_late_has_no_old_name_taken_again()
    {
        _blue.Mirror("green", but: s => s with { Snapshots = [new MirrorSnapshot($"m-{Id}-e2-s7", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch)] });

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s6", false, Ct))).Reason.ShouldBe(PeerRefusal.Request);

        _blue.Snapshots.Taken.ShouldBeEmpty();
        (await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s8", false, Ct)).Name.ShouldBe($"m-{Id}-e2-s8");
    }

    [Fact]
    public async Task A_final_snapshot_is_only_taken_of_a_stopped_application_that_is_held()
    {
        _blue.Mirror("green");
        await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", true, Ct));

        (await Blue.HoldAsync(Id, "swap-1", 2, TimeSpan.FromSeconds(60), "Reverse", Ct)).Granted.ShouldBeTrue();
        await Should.ThrowAsync<PeerRefusedException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", true, Ct));
        await _blue.Mirrors.UpdateAsync("shop", "shop-" + Id, (_, s) => s with { Application = ApplicationRun.Stopped }, Ct);

        (await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", true, Ct)).Volumes.Count.ShouldBe(1);
        _blue.Snapshots.Last.ShouldBe($"m-{Id}-e2-s1", "nothing of the application may stay behind");
    }

    [Fact]
    public async Task A_hold_is_kept_for_one_operation_and_let_go()
    {
        _blue.Mirror("green");

        (await Blue.HoldAsync(Id, "swap-1", 2, TimeSpan.FromSeconds(60), "Reverse", Ct)).Granted.ShouldBeTrue();
        var other = await Blue.HoldAsync(Id, "swap-2", 2, TimeSpan.FromSeconds(60), "Reverse", Ct);
        (other.Granted, other.Message.Contains("swap-1", StringComparison.Ordinal)).ShouldBe((false, true));
        await Blue.ReleaseHoldAsync(Id, "swap-1", Ct);

        _blue.Status().Hold.ShouldBeNull();
    }

    [Fact]
    public async Task A_hold_survives_a_write_in_between()
    {
        _blue.Mirror("green");
        var raced = false;
        _blue.Api.OnRequest = r =>
        {
            if (r.Verb == "update" && !raced)
            {
                raced = true;
                _blue.Mirror("green", but: s => s with { LastOperationId = "someone-else" });
            }
        };

        (await Blue.HoldAsync(Id, "swap-1", 2, TimeSpan.FromSeconds(60), "Reverse", Ct)).Granted.ShouldBeTrue();

        (_blue.Status().Hold?.OperationId, _blue.Status().LastOperationId).ShouldBe(("swap-1", "someone-else"));
    }

    [Fact]
    public async Task An_exchange_tells_both_sides()
    {
        _blue.Mirror("green");
        _green.Mirror("blue", but: s => s with { Role = MirrorRole.Secondary });
        var ours = _green.Book.ViewsFor("blue");
        var request = new ExchangeRequest();
        request.Mirrors.AddRange(ours);
        request.Mirrors.Add(new MirrorView { MirrorId = "cccccccccc", Role = "Secondary", Application = "Unknown" });

        var asked = _green.Views.Mark();
        var answer = await Blue.ExchangeAsync(request, Ct);
        _green.Book.NoteAnswer("blue", ours, answer, asked);

        _green.Views.Get(Id)!.ShouldSatisfyAllConditions(v => v.Reachable.ShouldBeTrue(), v => v.Role.ShouldBe(MirrorRole.Primary), v => v.Epoch.ShouldBe(2));
        _blue.Views.Get(Id)!.ShouldSatisfyAllConditions(v => v.HasMirror.ShouldBeTrue(), v => v.Role.ShouldBe(MirrorRole.Secondary));
        _blue.Views.Get("cccccccccc").ShouldBeNull();
        answer.Mirrors.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_neighbour_learns_of_a_deletion_it_missed_and_of_nobody_elses_mirrors()
    {
        _blue.Mirror("red");
        await Tombstones(_blue).AddTombstoneAsync("green", "dddddddddd", Ct);
        var request = new ExchangeRequest();
        request.Mirrors.Add(new MirrorView { MirrorId = "dddddddddd", Role = "Secondary", Application = "Unknown" });
        request.Mirrors.Add(new MirrorView { MirrorId = Id, Role = "Primary", Application = "Running", Epoch = 9 });

        var answer = await Blue.ExchangeAsync(request, Ct);

        answer.DeletedMirrorIds.ShouldBe(["dddddddddd"]);
        answer.Mirrors.ShouldBeEmpty();
        _blue.Views.Get(Id).ShouldBeNull();
    }

    [Fact]
    public async Task The_other_half_is_made_once_and_a_deleted_one_does_not_come_back()
    {
        var ours = _green.Mirror("blue");
        var definition = MirrorDefinitions.ForPeer(ours);

        await Blue.EnsureMirrorAsync(definition, Ct);
        await Blue.EnsureMirrorAsync(definition, Ct);

        var theirs = _blue.Stored<AppMirror>().ShouldHaveSingleItem();
        (theirs.Name, theirs.Namespace, theirs.Spec.Peer, theirs.Spec.MirrorId, theirs.Spec.InitialRole)
            .ShouldBe((ours.Name, "shop", "green", Id, MirrorRole.Secondary));

        await Blue.MirrorDeletedAsync(Id, keepReplicaVolumes: false, Ct);
        await Blue.MirrorDeletedAsync(Id, keepReplicaVolumes: false, Ct);
        _blue.Stored<AppMirror>().ShouldBeEmpty();
        await Tombstones(_blue).AddTombstoneAsync("green", Id, Ct);
        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(definition, Ct))).Message.ShouldContain("deleted");
    }

    [Fact]
    public async Task An_existing_object_of_another_mirror_is_not_taken_over()
    {
        var definition = MirrorDefinitions.ForPeer(_green.Mirror("blue"));
        _blue.Mirror("red");

        (await Should.ThrowAsync<PeerRefusedException>(() => Blue.EnsureMirrorAsync(definition, Ct))).Message.ShouldContain("another mirror");
        _blue.Stored<AppMirror>().ShouldHaveSingleItem().Spec.Peer.ShouldBe("red");
    }

    [Fact]
    public async Task An_operation_reaches_the_spec_and_leaves_nothing_of_the_one_before()
    {
        _blue.Mirror("green");

        await Blue.SubmitOperationAsync(Id, new MirrorOperationRequest("op-1", MirrorOperationType.FailOver, Snapshot: $"m-{Id}-e2-s1", Confirm: "shop"), Ct);
        await Blue.SubmitOperationAsync(Id, new MirrorOperationRequest("op-2", MirrorOperationType.Sync), Ct);

        _blue.Stored<AppMirror>().Single().Spec.Operation.ShouldBe(new MirrorOperationRequest("op-2", MirrorOperationType.Sync));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_refused()
    {
        var request = new ExchangeRequest();
        request.Mirrors.Add(new MirrorView { MirrorId = new string('a', PeerLimits.LargestMessage) });
        using var channel = GrpcChannel.ForAddress($"https://{_blue.Self.Endpoint}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = PinnedTls.ClientOptions(_green.Identity, _blue.Identity.Fingerprint) },
            DisposeHttpClient = true,
            MaxSendMessageSize = null,
        });

        var refused = await Should.ThrowAsync<RpcException>(async () => await new Peer.PeerClient(channel).ExchangeAsync(request, cancellationToken: Ct));

        refused.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task A_controller_that_does_not_lead_says_try_again()
    {
        _blue.Leadership.Set(false);

        (await Should.ThrowAsync<PeerUnreachableException>(() => Blue.HelloAsync(Ct))).Message.ShouldContain("starting");
    }

    [Fact]
    public async Task An_api_server_that_is_gone_is_trouble_not_an_answer()
    {
        _blue.Mirror("green");
        _blue.Api.OnRequest = _ => throw new ApiUnavailableException("connection refused");

        await Should.ThrowAsync<PeerUnreachableException>(() => Blue.HoldAsync(Id, "swap-1", 2, TimeSpan.FromSeconds(60), "Reverse", Ct));
    }

    [Fact]
    public async Task A_neighbour_that_is_not_there_is_unreachable()
    {
        await _blue.DisposeAsync();

        (await Should.ThrowAsync<PeerUnreachableException>(() => Blue.HelloAsync(Ct))).Message.ShouldContain("blue");
    }

    [Fact]
    public async Task A_cluster_made_anew_is_recognised_as_another()
    {
        _green.Knows(_blue, spec => spec with { Fingerprint = new string('1', 64) });

        (await Should.ThrowAsync<PeerUnreachableException>(() => Blue.HelloAsync(Ct))).Message.ShouldContain("another certificate");
    }

    private static PeerStatusWriter Tombstones(TestCluster cluster) => new(cluster.Api, TimeProvider.System, NullLogger<PeerStatusWriter>.Instance);

    private IEnumerable<Func<Task>> Calls(string id) =>
    [
        () => Blue.RequestSnapshotAsync(id, 2, $"m-{id}-e2-s1", false, Ct),
        () => Blue.GetResourcesAsync(id, $"m-{id}-e2-s1", Ct),
        async () => await Blue.DigestRegionsAsync(id, "shop/data", $"m-{id}-e2-s1", MirrorLimits.RegionBytes, Ct).GetAsyncEnumerator(Ct).MoveNextAsync(),
        () => Blue.HoldAsync(id, "op", 2, TimeSpan.FromSeconds(1), "Reverse", Ct),
        () => Blue.ReleaseHoldAsync(id, "op", Ct),
        () => Blue.SubmitOperationAsync(id, new MirrorOperationRequest("op", MirrorOperationType.Sync), Ct),
    ];
}
