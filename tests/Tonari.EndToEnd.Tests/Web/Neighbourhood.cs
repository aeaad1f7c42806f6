using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>
/// What the tests of single pages look at: an application that is replicated, so that every page has something to show, and one in another namespace
/// that not everybody may see. Made once for all of them.
/// </summary>
public sealed class Neighbourhood(LabFixture fixture) : IAsyncLifetime
{
    /// <summary>The replicated application, its namespace, and its mirror.</summary>
    public const string Library = "library";

    /// <summary>The other one's namespace and name.</summary>
    public const string Attic = "attic";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TwoClusters lab = fixture.Clusters;

    /// <summary>The library's mirror.</summary>
    internal LabMirror Mirror => new(lab, Library, Library);

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        await LabLink.ClearAsync(ct);
        await RemoveAsync(ct);
        await lab.Blue.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Namespace
            metadata: {name: {{Attic}}}
            ---
            apiVersion: tonari.dev/v1alpha1
            kind: Application
            metadata: {name: {{Attic}}, namespace: {{Attic}}}
            spec: {}
            """, ct);
        await new FilesWorkload(Library, 2, "256Mi").DeployAsync(lab.Blue, ct);
        await lab.OnBlue.RunAsync(ct, "mirror", "configure", Library, "--to", "green", "--schedule", "30s", "-n", Library);
        await Mirror.UntilEstablishedAsync(lab.Blue, Patience, ct);
    }

    public async ValueTask DisposeAsync() => await RemoveAsync(CancellationToken.None);

    private async Task RemoveAsync(CancellationToken ct)
    {
        await Cleaning.RemoveAsync(lab, Library, ct);
        await lab.Blue.KubectlAsync(ct, "delete", "namespace", Attic, "--ignore-not-found");
    }
}
