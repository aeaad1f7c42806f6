using Microsoft.Playwright;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>
/// A story told by clicking. Whatever a page complains of fails it, and after a failure what was to be seen lies in <c>artifacts/test/web</c>.
/// </summary>
public abstract class WebTest(LabFixture fixture, params string[] applications) : LabTest(fixture, applications)
{
    private static readonly TimeSpan ScriptLimit = TimeSpan.FromSeconds(30);
    private readonly List<WebSession> sessions = [];

    public override async ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        var troubles = sessions.SelectMany(session => session.Watch.Troubles.Select(trouble => $"{session.Cluster.Name}: {trouble}")).ToList();
        if (failed || troubles.Count > 0) await SaveEvidenceAsync();
        foreach (var session in sessions)
        {
            await session.DisposeAsync();
        }

        await base.DisposeAsync();
        troubles.ShouldBeEmpty("a page complained");
        GC.SuppressFinalize(this);
    }

    /// <summary>A token of somebody, as <c>lab/token.sh</c> prints it.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="options">The script's options; none: an operator.</param>
    internal static async Task<string> TokenAsync(LabCluster cluster, params IReadOnlyList<string> options) =>
        (await ProgramRun.OfAsync(LabPaths.Script("token.sh"), [cluster.Name, .. options], ScriptLimit, Ct)).Succeeded().Output.Trim();

    /// <summary>Opens a window before a cluster's interface without signing in.</summary>
    internal async Task<WebSession> OpenAsync(LabCluster cluster, Viewer? viewer = null)
    {
        var session = await WebSession.OpenAsync(await Fixture.BrowserAsync(Ct), cluster, viewer ?? new Viewer());
        sessions.Add(session);
        return session;
    }

    /// <summary>Opens a window and signs in, as an operator unless options of <c>lab/token.sh</c> say otherwise.</summary>
    internal async Task<WebSession> SignInAsync(LabCluster cluster, Viewer? viewer = null, params IReadOnlyList<string> options)
    {
        var session = await OpenAsync(cluster, viewer);
        await session.SignInAsync(await TokenAsync(cluster, options));
        return session;
    }

    private async Task SaveEvidenceAsync()
    {
        var folder = Path.Combine(LabPaths.Repository, "artifacts", "test", "web", $"{GetType().Name}.{TestContext.Current.TestMethod?.MethodName}");
        foreach (var (number, session) in sessions.Index())
        {
            try
            {
                await session.SaveEvidenceAsync(folder, $"{number + 1}-{session.Cluster.Name}");
            }
            catch (Exception e) when (e is PlaywrightException or TimeoutException)
            {
                // What there is to see of the other windows is still worth having.
                TestContext.Current.TestOutputHelper!.WriteLine($"The window before {session.Cluster.Name} shows nothing: {e.Message}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"What was to be seen: {folder}");
    }
}
