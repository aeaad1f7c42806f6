using Tonari.Controller.Peers;

namespace Tonari.Controller.Tests.Support;

/// <summary>Tests at the gateway of blue, whose neighbour is green.</summary>
public abstract class TwoClusters : IAsyncLifetime
{
    private protected const string Id = TestCluster.MirrorId;

    private protected TestCluster _blue = null!;
    private protected TestCluster _green = null!;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Blue as green reaches it.</summary>
    private protected IPeerClient Blue => _green.Clients.For("blue");

    public async ValueTask InitializeAsync()
    {
        _blue = await TestCluster.StartAsync("blue", Ct);
        _green = await TestCluster.StartAsync("green", Ct);
        _green.Knows(_blue);
        Prepare();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        End();
        await _green.DisposeAsync();
        await _blue.DisposeAsync();
    }

    /// <summary>What else there is before each test: blue knows green and allows it everything, unless the tests say otherwise.</summary>
    private protected virtual void Prepare() => _blue.Knows(_green);

    /// <summary>Lets go of what <see cref="Prepare"/> has made.</summary>
    private protected virtual void End()
    {
    }
}
