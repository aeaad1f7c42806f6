using Tonari.Mirroring;

namespace Tonari.Cli.Views;

/// <summary>What is known against starting from a group snapshot, in sentences.</summary>
internal static class DoubtText
{
    private const int MostNamed = 3;

    /// <summary>What was found.</summary>
    public static string Finding(MirrorFacts facts, MirrorSnapshot start, StartDoubt doubt)
    {
        string[] volumes = [.. facts.Status.Damage!.Volumes.Where(volume => volume.Copy != DamagedCopy.Primary).Select(volume => volume.Key)];
        var where = string.Join(", ", volumes.Take(MostNamed)) + (volumes.Length > MostNamed ? ", …" : "");
        var finding = $"{doubt.Damaged} on {facts.LocalCluster} is known to differ from {facts.Spec.Peer} in {where} (found {Format.Time(facts.Status.Damage.FoundAt)}, not healed).";
        return doubt.Same ? finding : $"{finding} {start.Name} was received on top of it: what was not rewritten in between is wrong in it, too.";
    }

    /// <summary>What to choose instead.</summary>
    public static string Instead(MirrorFacts facts, StartDoubt doubt)
    {
        var older = doubt.Instead is { } name
            ? $"Nothing is known against the one from before it: --snapshot {name}."
            : "There is no group snapshot from before it here.";
        return facts.Peer is { Reachable: true }
            ? $"{older} While {facts.Spec.Peer} answers, tonari mirror verify fetches again what differs."
            : older;
    }
}
