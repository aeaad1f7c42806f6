using Microsoft.Extensions.Time.Testing;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Tests.Peers;

public sealed class PeerViewsTests
{
    private const string Id = "aaaaaaaaaa";
    private readonly FakeTimeProvider _time = new();
    private readonly PeerViews _views;
    private int _wakes;

    public PeerViewsTests()
    {
        _views = new PeerViews(_time);
        _views.Changed += _ => _wakes++;
    }

    [Fact]
    public void Of_a_peer_that_has_never_been_heard_nothing_is_known()
    {
        _views.Get(Id).ShouldBeNull();
    }

    [Fact]
    public void A_silent_peer_becomes_unreachable_once_and_keeps_its_last_facts()
    {
        _views.Answered(Id, Facts(epoch: 3), _views.Mark());
        _time.Advance(MirrorLimits.PeerSilence - TimeSpan.FromSeconds(1));
        _views.NoticeSilence();
        (_views.Get(Id)!.Reachable, _wakes).ShouldBe((true, 1));

        _time.Advance(TimeSpan.FromSeconds(1));
        _views.NoticeSilence();
        _views.NoticeSilence();

        (_views.Get(Id)!.Reachable, _views.Get(Id)!.Epoch, _wakes).ShouldBe((false, 3, 2));
    }

    [Fact]
    public void Only_an_answer_to_our_own_question_makes_a_peer_reachable()
    {
        _views.Heard(Id, Facts(epoch: 4));

        (_views.Get(Id)!.Reachable, _views.Get(Id)!.Epoch).ShouldBe((false, 4));
    }

    [Fact]
    public void An_answer_that_was_overtaken_by_the_peers_own_word_does_not_bring_old_facts_back()
    {
        var asked = _views.Mark();
        _time.Advance(TimeSpan.FromMilliseconds(5));
        _views.Heard(Id, Facts(epoch: 5));
        _views.Answered(Id, Facts(epoch: 4), asked);

        (_views.Get(Id)!.Reachable, _views.Get(Id)!.Epoch).ShouldBe((true, 5));
    }

    [Fact]
    public void The_same_again_wakes_nobody()
    {
        _views.Answered(Id, Facts(epoch: 1), _views.Mark());
        _time.Advance(TimeSpan.FromSeconds(1));
        _views.Answered(Id, Facts(epoch: 1), _views.Mark());
        _wakes.ShouldBe(1);

        _time.Advance(TimeSpan.FromSeconds(1));
        _views.Answered(Id, Facts(epoch: 1) with { Snapshots = ["m-aaaaaaaaaa-e1-s2"] }, _views.Mark());
        _wakes.ShouldBe(2);
    }

    [Fact]
    public void What_is_sent_is_what_is_read()
    {
        var status = new MirrorStatus
        {
            Role = MirrorRole.Primary,
            Epoch = 7,
            Snapshots = [new("m-aaaaaaaaaa-e7-s1", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch)],
            Application = ApplicationRun.Stopped,
            ApplicationSince = DateTimeOffset.UnixEpoch,
            Hold = new MirrorHold("swap-1", DateTimeOffset.UnixEpoch),
            HandoverOperation = "swap-0",
            History =
            [
                new("swap-0", MirrorOperationType.Reverse, default, default, true, "done") { DowntimeMs = 4200 },
                new("m-aaaaaaaaaa-e7-s1", MirrorOperationType.Sync, default, default, true, "scheduled"),
            ],
        };

        var read = MirrorViews.Read(MirrorViews.Of(Id, paused: true, status, "Reversing", []), out var problem);

        problem.ShouldBeNull();
        MirrorViews.SaysTheSame(read!, new PeerView
        {
            HasMirror = true,
            Role = MirrorRole.Primary,
            Epoch = 7,
            Snapshots = ["m-aaaaaaaaaa-e7-s1"],
            Application = ApplicationRun.Stopped,
            ApplicationSince = DateTimeOffset.UnixEpoch,
            HoldOperation = "swap-1",
            HandoverOperation = "swap-0",
            Paused = true,
            Finished = new("swap-0", true, "done", 4200),
        }).ShouldBeTrue();
    }

    [Fact]
    public void What_the_secondary_receives_is_told_and_wakes_the_other_side_as_it_goes_on()
    {
        var status = new MirrorStatus
        {
            Role = MirrorRole.Secondary,
            Epoch = 1,
            Sync = new() { Name = "m-aaaaaaaaaa-e1-s2", Base = "m-aaaaaaaaaa-e1-s1", Stage = MirrorSyncStage.Pulling, StartedAt = DateTimeOffset.UnixEpoch },
        };

        var early = Read([]);
        var half = Read([new("shop/data", 50, 100, 20)]);
        var same = Read([new("shop/data", 50, 100, 20)]);
        var more = Read([new("shop/data", 60, 100, 25)]);

        early.Pull.ShouldBeNull("a sync of which nothing has arrived is over before anybody looks");
        half.Pull!.Volumes.ShouldBe([new PeerVolumePull("shop/data", 50, 100, 20)]);
        (half.Pull.Name, half.Pull.Base, half.Pull.StartedAt).ShouldBe(("m-aaaaaaaaaa-e1-s2", "m-aaaaaaaaaa-e1-s1", DateTimeOffset.UnixEpoch));
        MirrorViews.SaysTheSame(half, same).ShouldBeTrue();
        MirrorViews.SaysTheSame(half, more).ShouldBeFalse();
        MirrorViews.SaysTheSame(half, early).ShouldBeFalse();

        PeerView Read(IReadOnlyList<MirrorTransfer> transfers) => MirrorViews.Read(MirrorViews.Of(Id, false, status, "Established", transfers), out _)!;
    }

    [Fact]
    public void What_the_secondary_has_proven_or_found_is_told()
    {
        var proof = new MirrorProof("m-aaaaaaaaaa-e1-s1", DateTimeOffset.UnixEpoch, 1000, 2) { DurationMs = 3 };
        var mirror = new AppMirror { Spec = new AppMirrorSpec { MirrorId = Id } };
        mirror.Status = new AppMirrorStatus
        {
            Mirror = new MirrorStatus
            {
                Role = MirrorRole.Secondary,
                Epoch = 1,
                Proven = proof,
                Verification = new() { Snapshot = "m-aaaaaaaaaa-e1-s2", Stage = MirrorVerificationStage.Comparing, StartedAt = DateTimeOffset.UnixEpoch },
            },
            Cause = HealthCause.SourceDamaged,
            Message = "The copy on blue is wrong.",
            VerificationProgress = new(5, 10),
        };

        var read = MirrorViews.Read(ExchangeBook.ViewOf(mirror), out _)!;
        (read.Proven, read.Verification, read.Damage)
            .ShouldBe((proof, new PeerVerification("m-aaaaaaaaaa-e1-s2", 5, 10), new PeerDamage(SourceIsWrong: true, "The copy on blue is wrong.")));
        mirror.Status = mirror.Status with { Cause = HealthCause.InTime, Mirror = mirror.Status.Mirror with { Role = MirrorRole.Primary } };
        var primary = MirrorViews.Read(ExchangeBook.ViewOf(mirror), out _)!;
        (primary.Proven, primary.Verification, primary.Damage).ShouldBe((null, null, null), "only a replica is proven");
    }

    [Fact]
    public void A_proof_that_makes_no_sense_is_left_out_and_the_rest_is_believed()
    {
        var view = new MirrorView
        {
            MirrorId = Id,
            Role = "Secondary",
            Application = "Stopped",
            Epoch = 1,
            Proven = new() { Snapshot = "m-aaaaaaaaaa-e1-s1", ProvenAt = new() { Seconds = long.MaxValue } },
            Verification = new() { Snapshot = "m-bbbbbbbbbb-e1-s1" },
            Damage = new() { Message = new string('x', 100_000) + "\n" },
        };

        var read = MirrorViews.Read(view, out _).ShouldNotBeNull();

        (read.Proven, read.Verification).ShouldBe((null, null));
        read.Damage!.Message.Length.ShouldBe(PeerLimits.LongestSentence);
    }

    [Theory]
    [InlineData("m-bbbbbbbbbb-e1-s2", "shop/data", 50)]
    [InlineData("m-aaaaaaaaaa-e1-s2", "", 50)]
    [InlineData("m-aaaaaaaaaa-e1-s2", "shop/data", -1)]
    public void Progress_that_makes_no_sense_is_left_out_and_the_rest_is_believed(string name, string key, long done)
    {
        var view = new MirrorView
        {
            MirrorId = Id,
            Role = "Secondary",
            Application = "Stopped",
            Epoch = 1,
            Pull = new() { Name = name, StartedAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch) },
        };
        view.Pull.Volumes.Add(new PulledVolume { Key = key, BytesDone = done });

        var read = MirrorViews.Read(view, out _).ShouldNotBeNull();

        (read.Role, read.Pull).ShouldBe((MirrorRole.Secondary, null));
    }

    [Theory]
    [InlineData("primary", "Running", 1, "m-aaaaaaaaaa-e1-s1")]
    [InlineData("1", "Running", 1, "m-aaaaaaaaaa-e1-s1")]
    [InlineData("Emperor", "Running", 1, "m-aaaaaaaaaa-e1-s1")]
    [InlineData("Primary", "Flying", 1, "m-aaaaaaaaaa-e1-s1")]
    [InlineData("Primary", "Running", -1, "m-aaaaaaaaaa-e1-s1")]
    [InlineData("Primary", "Running", 1, "m-bbbbbbbbbb-e1-s1")]
    [InlineData("Primary", "Running", 1, "m-aaaaaaaaaa-e1-s1/../x")]
    public void A_view_that_is_not_understood_is_no_view(string role, string application, long epoch, string snapshot)
    {
        var view = new MirrorView { MirrorId = Id, Role = role, Application = application, Epoch = epoch };
        view.Snapshots.Add(snapshot);

        MirrorViews.Read(view, out var problem).ShouldBeNull();
        problem.ShouldNotBeNull();
    }

    private static PeerView Facts(long epoch) => new() { HasMirror = true, Role = MirrorRole.Primary, Epoch = epoch };
}
