using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>The link fails at the worst moment of a planned swap.</summary>
public sealed class LinkTests(LabFixture fixture) : LabTest(fixture, Name)
{
    private const string Name = "harbour";

    [Fact]
    public async Task A_reverse_that_loses_its_link_before_the_promotion_leaves_the_application_running_where_it_was()
    {
        var files = new FilesWorkload(Name, 1, "512Mi");
        var mirror = new LabMirror(Lab, Name, Name);
        await files.DeployAsync(Blue, Ct);
        await Lab.OnBlue.RunAsync(Ct, "mirror", "configure", Name, "--to", "green", "--schedule", "1h", "-n", Name);
        await mirror.UntilEstablishedAsync(Blue, Soon, Ct);
        var epoch = (await mirror.ExpectedSideAsync(Blue, Ct)).Epoch;
        await files.WriteRandomAsync(Blue, "/data/v1/cargo", 64, Ct);
        var digests = await files.DigestsAsync(Blue, Ct);
        await LabLink.RateAsync("10mbit", Ct); // the last group snapshot must still be on its way when the link is cut

        await Lab.OnGreen.RunAsync(Ct, "mirror", "reverse", Name, "-n", Name, "--no-wait");
        await mirror.UntilAsync(Green, "the reverse to transfer something", Soon, side => side.OperationStage is "CatchingUp" or "FinalSync" && side.Transfer.Done > 0, Ct);
        await LabLink.CutAsync(Ct);

        await Eventually.TrueAsync("the application to run on blue", Later, async token =>
            await mirror.ExpectedSideAsync(Blue, token) is { Role: "Primary", Application: not ("Stopping" or "Stopped") } side && side.Epoch == epoch
            && (int?)(await Blue.GetAsync($"/apis/apps/v1/namespaces/{Name}/deployments/files", token))?["status"]?["readyReplicas"] == 1
                ? null
                : (await mirror.ExpectedSideAsync(Blue, token)).ToString(), Ct);
        (await files.DigestsAsync(Blue, Ct)).ShouldBe(digests);

        await LabLink.ClearAsync(Ct);
        await SettledAsync(mirror);
        var primary = (await mirror.ExpectedSideAsync(Blue, Ct)).Role == "Primary" ? Blue : Green;
        await files.UntilReadyAsync(primary, Ct);
        (await files.DigestsAsync(primary, Ct)).ShouldBe(digests);
    }

    /// <summary>The swap is either given up or, its link healed in time, done: both are right, a side without a role or an operation without an end is not.</summary>
    private Task<TimeSpan> SettledAsync(LabMirror mirror) => Eventually.TrueAsync("the relationship to settle", Later, async token =>
    {
        var (blue, green) = (await mirror.ExpectedSideAsync(Blue, token), await mirror.ExpectedSideAsync(Green, token));
        var settled = blue is { State: "Established", Operation: null } && green is { State: "Established", Operation: null } && (blue.Role == "Primary") != (green.Role == "Primary");
        return settled ? null : $"blue: {blue}; green: {green}";
    }, Ct);
}
