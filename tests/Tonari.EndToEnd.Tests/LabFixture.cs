using Tonari.EndToEnd.Tests.Web;
using Tonari.Lab;

namespace Tonari.EndToEnd.Tests;

/// <summary>The one lab of all tests: up, pools managed, clusters paired.</summary>
public sealed class LabFixture : IAsyncLifetime
{
    private WebBrowser? browser;

    public TwoClusters Clusters { get; } = new();

    /// <summary>The one browser of all tests, started for the first that wants it.</summary>
    public async Task<WebBrowser> BrowserAsync(CancellationToken ct) => browser ??= await WebBrowser.StartAsync(Clusters, ct);

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        await LabLink.ClearAsync(ct);
        await Clusters.ManagePoolsAsync(ct);
        await Clusters.PairAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        await LabLink.ClearAsync(CancellationToken.None);
        Clusters.Dispose();
    }
}

/// <summary>Every test class of this project: they share the lab and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class OnTheLab : ICollectionFixture<LabFixture>
{
    public const string Name = "lab";
}
