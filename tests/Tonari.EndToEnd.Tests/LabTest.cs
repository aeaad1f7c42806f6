using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>
/// A story on the lab. Says what both clusters look like when it has failed, and takes its applications off the clusters when it ends well; after a
/// failure they stay for whoever looks into it, until the same test runs again.
/// </summary>
[Collection(OnTheLab.Name)]
public abstract class LabTest(LabFixture fixture, params string[] applications) : IAsyncLifetime
{
    /// <summary>A bound on things that take seconds: missing it is a failure, not a slow machine.</summary>
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>A bound on things that take several steps.</summary>
    protected static readonly TimeSpan Later = TimeSpan.FromMinutes(3);

    protected LabFixture Fixture { get; } = fixture;

    protected TwoClusters Lab => Fixture.Clusters;

    protected LabCluster Blue => Lab.Blue;

    protected LabCluster Green => Lab.Green;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await LabLink.ClearAsync(Ct);
        await RemoveAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await LabLink.ClearAsync(CancellationToken.None);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            await TellAsync();
        }
        else
        {
            await RemoveAsync();
        }

        GC.SuppressFinalize(this);
    }

    private async Task RemoveAsync()
    {
        foreach (var name in applications)
        {
            await Cleaning.RemoveAsync(Lab, name, CancellationToken.None);
        }
    }

    private async Task TellAsync()
    {
        var output = TestContext.Current.TestOutputHelper!;
        string[][] questions =
        [
            ["get", "tmirror,tapp,pods,pvc", "-A", "-o", "wide"],
            ["get", "tmirror", "-A", "-o", "yaml"],
            ["-n", "tonari-system", "logs", "deployment/tonari-controller", "--tail=60"],
            ["-n", "tonari-system", "logs", "daemonset/tonari-node", "--tail=60"],
        ];
        foreach (var cluster in Lab.Clusters)
        {
            foreach (var question in questions)
            {
                var answer = await cluster.TryKubectlAsync(question, null, CancellationToken.None);
                output.WriteLine($"--- {cluster.Name}: kubectl {string.Join(' ', question)}\n{answer.Output}{answer.Error}");
            }
        }

        var loops = await ProgramRun.OfAsync("losetup", ["--list"], TimeSpan.FromSeconds(10), CancellationToken.None);
        output.WriteLine($"--- losetup --list\n{loops.Output}");
    }
}
