using Tonari.Lab;

namespace Tonari.EndToEnd.Tests;

/// <summary>The one lab of all tests: up, pools managed, clusters paired.</summary>
public sealed class LabFixture : IAsyncLifetime
{
    public TwoClusters Clusters { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        await LabLink.ClearAsync(ct);
        await Clusters.ManagePoolsAsync(ct);
        await Clusters.PairAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
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
