using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Testing;
using Tonari.Web.Changes;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>The lag over time: what is kept of it, and what is drawn.</summary>
public sealed class LagTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public void The_lag_grows_with_the_clock_and_falls_when_a_sync_is_complete()
    {
        // A copy that was 5 s old when it was complete, every minute.
        var lag = Lag([new(Shop.Ago(120), Shop.Ago(125)), new(Shop.Ago(60), Shop.Ago(65))], wanted: 300);

        lag.Samples.Select(s => s.LagSeconds).ShouldBe([5, 65, 5, 65]);
        (lag.CurrentSeconds, lag.WorstSeconds, lag.LateSeconds).ShouldBe((65.0, 65.0, 0.0));
    }

    [Fact]
    public void What_began_before_the_time_shown_is_cut_at_its_edge()
    {
        var lag = Lag([new(Shop.Ago(5000), Shop.Ago(5010))], wanted: 4000);

        lag.Samples.Select(s => (s.At, s.LagSeconds)).ShouldBe([(Shop.Ago(3600), 1410), (Shop.Now, 5010)]);
        lag.LateSeconds.ShouldBe(1010);
    }

    [Theory]
    [InlineData(30, 600)]
    [InlineData(599, 600)]
    [InlineData(601, 3600)]
    [InlineData(80000, 3600)]
    public void What_is_known_fills_the_picture_until_there_is_an_hour_of_it(double known, double shown) =>
        LagWindows.For([new(Shop.Ago(known), Shop.Ago(known + 5)), new(Shop.Ago(10), Shop.Ago(15))], Shop.Now).ShouldBe(TimeSpan.FromSeconds(shown));

    [Fact]
    public void Without_a_complete_copy_there_is_no_lag_and_no_line()
    {
        var lag = Lag([new(Shop.Ago(100), null)], wanted: 300);

        (lag.CurrentSeconds, lag.WorstSeconds).ShouldBe((null, null));
        LagChart.Of(lag).Line.ShouldBe("");
        LagChart.Of(Lag([], wanted: 300)).Line.ShouldBe("");
    }

    [Fact]
    public void The_chart_has_the_saw_the_target_and_what_is_over_it()
    {
        var chart = LagChart.Of(Lag([new(Shop.Ago(3600), Shop.Ago(3600)), new(Shop.Ago(1800), Shop.Ago(1800))], wanted: 900));

        // Twice from 0 to half an hour; the top is 15 % over the worst.
        chart.Line.ShouldBe("M0 200L500 26.09L500 200L1000 26.09");
        chart.TargetY.ShouldBe(113.04, 0.01);
        chart.Above.ShouldBe("M250 113.04V113.04L500 26.09V113.04ZM750 113.04V113.04L1000 26.09V113.04Z");
        chart.Ages.Select(m => (m.At, m.Seconds)).ShouldBe([(1000, 0), (750, 900), (500, 1800), (250, 2700), (0, 3600)]);
        chart.Lags.Select(m => m.Seconds).ShouldBe([0, 600, 1200, 1800]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    [InlineData(86_400)]
    [InlineData(40_000_000)]
    public void An_axis_has_few_marks_whatever_it_measures(double worst)
    {
        var chart = LagChart.Of(new LagView(Shop.Ago(3600), Shop.Now, worst, worst, worst, 0, []));

        chart.Lags.Count.ShouldBeInRange(2, 5);
        chart.Lags.ShouldAllBe(m => m.At >= 0 && m.At <= LagChart.Height);
    }

    [Fact]
    public async Task After_a_start_it_is_known_from_the_snapshots_and_then_from_what_happens()
    {
        var api = new FakeKubernetesApi();
        api.Seed(Shop.Mirror());
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await TestWeb.StartAsync(api, time);
        var client = web.Client(web.Users.Admin());

        var first = JsonNode.Parse(await client.GetStringAsync("/api/v1/namespaces/shop/mirrors/shop/lag", Ct))!;
        time.Advance(TimeSpan.FromSeconds(20));
        var mirror = web.Sources.Mirrors.Find("shop", "shop")!;
        mirror.Status = mirror.Status! with { ProtectedTime = Shop.Now };
        await api.UpdateStatusAsync(mirror, Ct);
        await web.SeenAsync(s => s.Mirrors.Find("shop", "shop")?.Status?.ProtectedTime == Shop.Now);
        var then = JsonNode.Parse(await client.GetStringAsync("/api/v1/namespaces/shop/mirrors/shop/lag?window=10m", Ct))!;

        // The primary holds three snapshots; the newest is not there yet, and does not count.
        Lags(first).ShouldBe([2, 61.5, 1.5, 40]);
        Lags(then).ShouldBe([2, 61.5, 1.5, 60, 20, 20]);
        then["currentSeconds"]!.GetValue<double>().ShouldBe(20);
        (await client.GetAsync("/api/v1/namespaces/shop/mirrors/shop/lag?window=soon", Ct)).IsSuccessStatusCode.ShouldBeFalse();
    }

    [Fact]
    public async Task Only_so_much_is_kept_and_nothing_of_what_is_gone()
    {
        var api = new FakeKubernetesApi();
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await TestWeb.StartAsync(api, time);
        var series = new LagSeries(web.Sources.Mirrors, time);
        var key = new Kubernetes.Informers.ObjectKey("shop", "shop");
        var mirror = api.Seed(Shop.Mirror(s => s with { Snapshots = [] }));
        for (var day = 0; day < 3; day++)
        {
            time.Advance(TimeSpan.FromHours(20));
            var at = time.GetUtcNow();
            mirror.Status = mirror.Status! with { ProtectedTime = at };
            mirror = await api.UpdateStatusAsync(mirror, Ct);
            await Eventually.TrueAsync(() => series.Of(key) is [.., var last] && last.ProtectedAt == at, "it was seen");
        }

        // The one before the last day says how that day began.
        series.Of(key).Select(p => p.At).ShouldBe([Shop.Now.AddHours(20), Shop.Now.AddHours(40), Shop.Now.AddHours(60)]);
        await api.DeleteAsync(Kubernetes.Api.ResourceKind.Of<Kubernetes.Resources.AppMirror>(), "shop", "shop", new Kubernetes.Api.DeleteOptions(), Ct);
        await Eventually.TrueAsync(() => series.Of(key).Count == 0, "it is forgotten");
    }

    private static IEnumerable<double> Lags(JsonNode lag) => lag["samples"]!.AsArray().Select(s => s!["lagSeconds"]!.GetValue<double>());

    private static LagView Lag(IReadOnlyList<LagPoint> points, double wanted) => LagView.Of(points, wanted, Shop.Now, TimeSpan.FromHours(1));
}
