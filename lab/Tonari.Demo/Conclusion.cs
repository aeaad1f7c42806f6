using Tonari.Demo.Telling;

namespace Tonari.Demo;

/// <summary>What it all came to, and how to go on from here.</summary>
internal static class Conclusion
{
    private const long MemoryLimit = 256L << 20;

    public static void Tell(Stage stage, string? page)
    {
        stage.Findings.Bars.Add(Memory(stage));
        foreach (var (who, bytes) in stage.Memory.Highest.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            stage.Findings.Notes.Add(($"highest working set, {who}", Format.Bytes(bytes)));
        }

        stage.Narrator.Chapter("What it came to", "");
        stage.Narrator.Steps(stage.Findings.Steps);
        stage.Narrator.Bars(stage.Findings.Bars);
        foreach (var (what, value) in stage.Findings.Notes)
        {
            stage.Narrator.Say($"{what}: {value}");
        }

        if (page is not null)
        {
            File.WriteAllText(page, MeasurementsPage.Render(stage.Findings, Machine.Describe(), stage.Now));
            stage.Narrator.Say($"Written to {page}.");
        }

        stage.Narrator.Say(stage.Findings.AllGood ? "Every check passed." : "A CHECK FAILED: see above.");
        stage.Narrator.Say("The lab is still up, with the shop open on blue. Look around in a browser:");
        foreach (var cluster in stage.Lab.Clusters)
        {
            stage.Narrator.Invite(cluster, cluster.WebAddress, $"lab/token.sh {cluster.Name}");
        }

        stage.Narrator.Say("The browser warns of a certificate that the cluster has signed itself: go on. Or in a terminal:");
        foreach (var line in (string[])
        [
            "lab/kubectl blue get pods -A",
            "lab/kubectl green get tpool,tpeer",
            "lab/tonari blue mirror configure shop --to green --schedule 10s -n shop",
            "lab/tonari green mirror watch shop -n shop",
            "lab/link.sh cut ; lab/link.sh heal",
            "make demo        # once more, from the beginning",
            "make lab-down    # end it; nothing is left",
        ])
        {
            stage.Narrator.Aside(line);
        }
    }

    private static Bar Memory(Stage stage)
    {
        var (node, controller) = (stage.Memory.HighestOf("node"), stage.Memory.HighestOf("controller"));
        return new Bar(
            "memory of node agent / controller, whole demo", "≤ 256 MiB each (working set)",
            $"{(node is { } n ? Format.Bytes(n) : "not measured")} / {(controller is { } c ? Format.Bytes(c) : "not measured")} ({stage.Memory.Samples} samples)",
            node <= MemoryLimit && controller <= MemoryLimit, "");
    }
}
