using Tonari.Engine;
using Tonari.Node.Agent;

namespace Tonari.Node.Tests.Csi;

/// <summary>A filesystem that takes no writes any more after one that failed.</summary>
public sealed class FailedFileSystemTests(CsiDriver driver)
{
    [Fact]
    public async Task The_agent_says_so_until_it_is_mounted_anew()
    {
        var volume = (await driver.CreateAsync()).VolumeId;
        var (staging, target) = (driver.NewPath("staging"), driver.NewPath("target"));
        await driver.StageAsync(volume, staging);
        await driver.PublishAsync(volume, staging, target);
        (await FailedAsync(volume)).ShouldBeFalse();

        Shell.Run("mount", "-o", "remount,abort", staging);

        (await FailedAsync(volume)).ShouldBeTrue();
        Should.Throw<IOException>(() => File.WriteAllText(Path.Combine(target, "greeting"), "hello"));

        await driver.UnpublishAsync(volume, target);
        await driver.UnstageAsync(volume, staging);
        await driver.StageAsync(volume, staging);
        await driver.PublishAsync(volume, staging, target);
        (await FailedAsync(volume)).ShouldBeFalse();
        await File.WriteAllTextAsync(Path.Combine(target, "greeting"), "hello", TestContext.Current.CancellationToken);
        await driver.UnpublishAsync(volume, target);
        await driver.UnstageAsync(volume, staging);
    }

    [Fact]
    public async Task One_that_finds_an_error_in_itself_stops_unless_the_class_says_otherwise()
    {
        var volume = (await driver.CreateAsync()).VolumeId;
        var staging = driver.NewPath("staging");
        await driver.StageAsync(volume, staging);
        Options(staging).ShouldContain("errors=remount-ro");
        await driver.UnstageAsync(volume, staging);

        await driver.StageAsync(volume, staging, CsiDriver.Mount(flags: "errors=continue"));
        Options(staging).ShouldNotContain("errors=remount-ro");
        await driver.UnstageAsync(volume, staging);
    }

    private static string Options(string path) => File.ReadLines("/proc/self/mountinfo").Last(line => line.Contains($" {path} ", StringComparison.Ordinal));

    private async Task<bool> FailedAsync(string volume)
    {
        var placed = await driver.Pools.FindVolumeAsync(new VolumeId(volume), TestContext.Current.CancellationToken);
        return (await placed!.ToMessageAsync(TestContext.Current.CancellationToken)).FileSystemFailed;
    }
}
