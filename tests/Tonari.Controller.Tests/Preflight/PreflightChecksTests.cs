using Tonari.Controller.Preflight;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Preflight;

public sealed class PreflightChecksTests
{
    private static readonly PoolFacts Pool = new("blue-main", Managed: true, Usable: true, null, AgentReady: true, FreeBytes: 10L << 30);

    private static readonly PeerFacts Neighbour = new(Suspended: false, Reachable: true, null, "0.1.0", TimeSpan.FromSeconds(1), null);

    private static readonly PreflightFacts Primary = new()
    {
        Role = MirrorRole.Primary,
        MirrorId = "aaaaaaaaaa",
        Application = "shop",
        LocalVersion = "0.1.3",
        PeerName = "green",
        Peer = Neighbour,
        ApplicationExists = true,
        Volumes =
        [
            new("shop/data", "shop/data", 1L << 30, "tonari", Pool: "blue-main"),
            new("shop/wal", "shop/wal", 1L << 30, "tonari", Pool: "blue-main"),
        ],
        Pools = [Pool],
    };

    private static readonly PreflightFacts Secondary = Primary with
    {
        Role = MirrorRole.Secondary,
        ApplicationExists = false,
        Volumes =
        [
            new("shop/data", "dr/data", 1L << 30, "tonari"),
            new("shop/wal", "dr/wal", 2L << 30, "tonari"),
        ],
        StorageClasses = new Dictionary<string, string> { ["tonari"] = "tonari.dev", ["fast"] = "ebs.csi.aws.com" },
        Namespaces = [new("dr", Exists: false, null, [])],
    };

    public static TheoryData<string, string, string> Troubles => new()
    {
        { "PeerUnknown", "tonari peer invite", "p:nopeer" },
        { "PeerSuspended", "spec.suspended", "p:suspended" },
        { "PeerUnreachable", "connection refused", "p:silent" },
        { "VersionsDiffer", "0.2.0", "p:version" },
        { "ClocksDiffer", "31 s behind", "p:clock" },
        { "ApplicationMissing", "shop", "p:noapp" },
        { "NoVolumes", "label selectors", "p:novolumes" },
        { "VolumeNotReplicable", "shop/data cannot be replicated. It waits for a consumer.", "p:unbound" },
        { "NamespaceNotAllowed", "shop", "p:allowed" },
        { "PoolMissing", "blue-main", "p:nopool" },
        { "PoolNotManaged", "tonari pool manage blue-main", "p:unmanaged" },
        { "PoolNotUsable", "no reflink", "p:unusable" },
        { "VolumesOnSeveralPools", "blue-main, blue-other", "p:pools" },
        { "VolumesMirroredTwice", "shop/data", "p:twice" },
        { "NoPool", "btrfs", "s:nopool" },
        { "PoolNotManaged", "tonari pool manage green-main", "s:discovered" },
        { "PoolNotUsable", "does not answer", "s:agent" },
        { "PoolTooSmall", "1.0 GiB are missing", "s:room" },
        { "StorageClassMissing", "gold", "s:class" },
        { "StorageClassOfOtherDriver", "fast", "s:classdriver" },
        { "NamespaceNotAllowed", "spec.allowedNamespaces", "s:allowed" },
        { "NamespaceNotEmpty", "Deployment/web", "s:full" },
        { "NamespaceOfOtherMirror", "bbbbbbbbbb", "s:other" },
        { "VolumesMirroredTwice", "dr/wal", "s:twice" },
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public void Each_trouble_is_named_alone_with_what_to_do(string reason, string hint, string trouble)
    {
        var problem = Problems(With(trouble)).ShouldHaveSingleItem();

        problem.Reason.ShouldBe(reason);
        problem.Message.ShouldContain(hint);
    }

    [Fact]
    public void Nothing_stands_in_the_way_of_a_sound_pair()
    {
        Problems(Primary).ShouldBeEmpty();
        Problems(Secondary).ShouldBeEmpty();
    }

    [Fact]
    public void A_namespace_that_is_already_ours_is_fine()
    {
        var again = Secondary with { Namespaces = [new("dr", Exists: true, "aaaaaaaaaa", [])], OtherMirrors = [new("x/shop", "aaaaaaaaaa", ["dr/data"])] };

        Problems(again).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("p:nopeer", "PeerAnswers,VersionsFit")]
    [InlineData("p:suspended", "PeerAnswers")]
    [InlineData("p:noapp", "ApplicationHasVolumes,VolumesReplicable")]
    [InlineData("s:nopool", "PoolHasRoom")]
    public void What_cannot_be_known_yet_is_neither_good_nor_bad(string trouble, string names)
    {
        var verdicts = PreflightChecks.Run(With(trouble));

        foreach (var name in names.Split(','))
            verdicts.Single(v => v.Name == name).ShouldBe(new PreflightVerdict(name, Judged: false, null));
    }

    [Fact]
    public void Every_check_has_a_name_of_its_own_and_all_of_a_sound_pair_are_judged_good()
    {
        foreach (var facts in new[] { Primary, Secondary })
        {
            var verdicts = PreflightChecks.Run(facts);
            verdicts.Select(v => v.Name).ShouldBeUnique();
            verdicts.ShouldAllBe(v => v.Judged && v.Problem == null && PreflightChecks.Find(v.Name) != null);
        }
    }

    private static IEnumerable<MirrorProblem> Problems(PreflightFacts facts) => PreflightChecks.Run(facts).Select(v => v.Problem).OfType<MirrorProblem>();

    private static PreflightFacts With(string trouble) => trouble switch
    {
        "p:nopeer" => Primary with { Peer = null },
        "p:suspended" => Primary with { Peer = Neighbour with { Suspended = true, Reachable = false } },
        "p:silent" => Primary with { Peer = Neighbour with { Reachable = false, WhyNot = "connection refused" } },
        "p:version" => Primary with { Peer = Neighbour with { Version = "0.2.0" } },
        "p:clock" => Primary with { Peer = Neighbour with { ClockSkew = TimeSpan.FromSeconds(-31) } },
        "p:noapp" => Primary with { ApplicationExists = false, Volumes = [] },
        "p:novolumes" => Primary with { Volumes = [] },
        "p:unbound" => Primary with { Volumes = [Primary.Volumes[0] with { WhyNot = "It waits for a consumer.", Pool = null }, Primary.Volumes[1]] },
        "p:allowed" => Primary with { Namespaces = [new("shop", Exists: true, null, [])], Peer = Neighbour with { AllowedNamespaces = ["prod"] } },
        "p:nopool" => Primary with { Pools = [] },
        "p:unmanaged" => Primary with { Pools = [Pool with { Managed = false }] },
        "p:unusable" => Primary with { Pools = [Pool with { Usable = false, WhyNot = "the file system has no reflink." }] },
        "p:pools" => Primary with
        {
            Volumes = [Primary.Volumes[0], Primary.Volumes[1] with { Pool = "blue-other" }],
            Pools = [Pool, Pool with { Name = "blue-other" }],
        },
        "p:twice" => Primary with { OtherMirrors = [new("shop/else", "bbbbbbbbbb", ["shop/data"])] },
        "s:nopool" => Secondary with { Pools = [] },
        "s:discovered" => Secondary with { Pools = [Pool with { Name = "green-main", Managed = false }] },
        "s:agent" => Secondary with { Pools = [Pool with { AgentReady = false }] },
        "s:room" => Secondary with { Pools = [Pool with { FreeBytes = 2L << 30 }] },
        "s:class" => Secondary with { Volumes = [Secondary.Volumes[0] with { StorageClass = "gold" }] },
        "s:classdriver" => Secondary with { Volumes = [Secondary.Volumes[0] with { StorageClass = "fast" }] },
        "s:allowed" => Secondary with { Peer = Neighbour with { AllowedNamespaces = ["prod"] } },
        "s:full" => Secondary with { Namespaces = [new("dr", Exists: true, null, ["Deployment/web"])] },
        "s:other" => Secondary with { Namespaces = [new("dr", Exists: true, "bbbbbbbbbb", [])] },
        "s:twice" => Secondary with { OtherMirrors = [new("x/y", "bbbbbbbbbb", ["dr/wal"])] },
        _ => throw new ArgumentOutOfRangeException(nameof(trouble), trouble, "unknown"),
    };
}
