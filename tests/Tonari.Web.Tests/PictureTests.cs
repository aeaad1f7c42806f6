using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Components.Replication;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>The picture of both clusters says what is, whichever cluster draws it.</summary>
public sealed class PictureTests : BunitContext, IAsyncLifetime
{
    public PictureTests() => Services.AddLogging().AddLocalization();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void The_home_is_on_the_left_on_both_clusters_and_data_flows_away_from_it()
    {
        var primary = Picture(Shop.Mirror());
        var secondary = Picture(Shop.Replica());

        (primary.Left.Side.Cluster, primary.Left.IsHere, primary.Link.ToRight).ShouldBe(("blue", true, true));
        (secondary.Left.Side.Cluster, secondary.Right.IsHere, secondary.Link.ToRight).ShouldBe(("green", true, true));
        (secondary.From, secondary.To).ShouldBe(("green", "blue"));
    }

    [Fact]
    public void After_a_swap_the_arrow_turns_and_the_houses_stay()
    {
        var swapped = Picture(Shop.Mirror(
            s => s with { Role = MirrorRole.Secondary, Epoch = 2 }, r => r with { Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 2 } }));

        (swapped.Left.Side.Cluster, swapped.Link.ToRight).ShouldBe(("blue", false));
    }

    public static TheoryData<string, PictureCaption, PictureLinkLook> States => new()
    {
        { "untaken", PictureCaption.NotTakenUp, PictureLinkLook.Waiting },
        { "hindered", PictureCaption.Hindered, PictureLinkLook.Waiting },
        { "establishing", PictureCaption.Establishing, PictureLinkLook.Flowing },
        { "established", PictureCaption.Established, PictureLinkLook.Quiet },
        { "transferring", PictureCaption.Transferring, PictureLinkLook.Flowing },
        { "failing-over", PictureCaption.FailingOver, PictureLinkLook.Broken },
        { "failed-over", PictureCaption.FailedOver, PictureLinkLook.Blocked },
        { "fenced", PictureCaption.FailedOver, PictureLinkLook.Blocked },
        { "resyncing", PictureCaption.Resyncing, PictureLinkLook.Flowing },
        { "reversing", PictureCaption.Reversing, PictureLinkLook.Turning },
        { "paused", PictureCaption.Paused, PictureLinkLook.Paused },
        { "paused-empty", PictureCaption.PausedEmpty, PictureLinkLook.Paused },
        { "deleting", PictureCaption.Deleting, PictureLinkLook.Ending },
        { "copy-silent", PictureCaption.CopySilent, PictureLinkLook.Broken },
        { "primary-silent", PictureCaption.PrimarySilent, PictureLinkLook.Broken },
        { "silent-empty", PictureCaption.SilentEmpty, PictureLinkLook.Broken },
        { "half-missing", PictureCaption.HalfMissing, PictureLinkLook.Severed },
        { "both-primary", PictureCaption.BothPrimary, PictureLinkLook.Severed },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void Each_state_has_its_drawing_and_its_sentence(string name, PictureCaption caption, PictureLinkLook look)
    {
        var mirror = View(Situations.All[name]());

        var picture = MirrorPicture.Of(mirror);
        (picture.Caption, picture.Link.Look).ShouldBe((caption, look));
        var page = Render<Neighbourhood>(p => p.Add(n => n.Mirror, mirror).Add(n => n.Now, Shop.Now));

        // What is drawn is named by the sentence, which has everything it speaks of.
        page.Find("figure").GetAttribute("aria-labelledby").ShouldBe(page.Find("figcaption").Id);
        var sentence = page.Find("figcaption").TextContent;
        sentence.ShouldNotContain("{");
        sentence.ShouldNotContain(" - ");
        sentence.ShouldNotStartWith("Picture.");
    }

    [Fact]
    public void Every_sentence_is_one_that_a_state_leads_to() =>
        States.Select(s => s.Data.Item2).Distinct().ShouldBe(Enum.GetValues<PictureCaption>(), ignoreOrder: true);

    [Theory]
    [InlineData("failed-over", "green")]
    [InlineData("fenced", "blue")]
    public void The_side_that_was_taken_over_is_struck_out_and_says_what_that_means(string name, string struck)
    {
        var page = Render<Neighbourhood>(p => p.Add(n => n.Mirror, View(Situations.All[name]())).Add(n => n.Now, Shop.Now));

        var house = page.FindAll(".is-struck").ShouldHaveSingleItem();
        house.QuerySelector("b")!.TextContent.ShouldBe(struck);
        house.TextContent.ShouldContain("Out of use");
    }

    [Fact]
    public void Of_a_silent_side_that_was_taken_over_nobody_claims_that_it_has_stopped()
    {
        var mirror = View(Situations.All["failed-over"]());
        mirror = mirror with { There = mirror.There with { Reachable = false, SilentSince = Shop.Ago(180) } };
        var page = Render<Neighbourhood>(p => p.Add(n => n.Mirror, mirror).Add(n => n.Now, Shop.Now));

        var house = page.FindAll(".is-struck").ShouldHaveSingleItem();
        house.TextContent.ShouldContain("If the application still runs here");
        house.TextContent.ShouldNotContain("Nothing is written");
    }

    [Fact]
    public void A_silent_neighbour_is_shown_as_it_was_last_heard()
    {
        var page = Render<Neighbourhood>(p => p.Add(n => n.Mirror, View(Situations.All["primary-silent"]())).Add(n => n.Now, Shop.Now));

        var house = page.Find(".is-silent");
        house.TextContent.ShouldContain("primary");
        house.TextContent.ShouldContain("last heard 3m ago");
    }

    [Theory]
    [InlineData(300, LagTone.InTime)]
    [InlineData(301, LagTone.Late)]
    [InlineData(601, LagTone.VeryLate)]
    public void A_lag_is_judged_by_what_is_wanted(double seconds, LagTone tone) => MirrorPicture.ToneOf(seconds, 300).ShouldBe(tone);

    private static MirrorPicture Picture(AppMirror mirror) => MirrorPicture.Of(View(mirror));

    private static MirrorView View(AppMirror mirror) => MirrorView.Of(mirror, "blue", (_, _) => 1 << 20, Shop.Now);
}
