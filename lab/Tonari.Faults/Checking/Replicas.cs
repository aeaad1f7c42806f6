using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.Faults.Checking;

/// <summary>Whether both sides hold the same bytes under the same name, found out without asking Tonari.</summary>
internal static class Replicas
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Compares every volume of the newest group snapshot that both sides hold; null when they are equal.</summary>
    public static async Task<string?> DifferenceAsync(TwoClusters lab, LabMirror mirror, CancellationToken ct)
    {
        var (blue, green) = (await mirror.ExpectedSideAsync(lab.Blue, ct), await mirror.ExpectedSideAsync(lab.Green, ct));
        var name = blue.Snapshots.Select(s => s.Name).Intersect(green.Snapshots.Select(s => s.Name)).LastOrDefault();
        if (name is null) return "the sides have no group snapshot in common";
        if (green.VolumeIds.Count == 0) return "there is no volume";
        foreach (var volume in green.VolumeIds)
        {
            var images = lab.Clusters.Select(cluster => Path.Combine(cluster.PoolPath, "volumes", volume, "images", "s-" + name, "image")).ToList();
            var run = await ProgramRun.OfAsync("cmp", images, Limit, ct);
            // Retention may have let go of it meanwhile; whoever asks again gets the next one.
            if (run.ExitCode == 2) return $"{name} has gone: {run.Error.Trim()}";
            if (run.ExitCode != 0) return $"DIFFERENT: {run.Output.Trim()}";
        }

        return null;
    }
}
