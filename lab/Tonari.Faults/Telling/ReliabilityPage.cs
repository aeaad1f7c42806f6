using System.Globalization;
using System.Text;
using Tonari.Faults.Rows;
using Tonari.Faults.Striking;

namespace Tonari.Faults.Telling;

/// <summary>The generated section of docs/reliability.md: every row of the matrix with what came of it the last two times.</summary>
internal static class ReliabilityPage
{
    private const string Begin = "<!-- faults:begin -->";
    private const string End = "<!-- faults:end -->";

    private static readonly (string Fault, Side Side)[] Kills =
    [
        (FaultKinds.KillNode, Side.Destination), (FaultKinds.KillNode, Side.Source),
        (FaultKinds.KillController, Side.Destination), (FaultKinds.KillController, Side.Source),
    ];

    /// <summary>Puts the section into a page, in the place of an earlier one or at its end.</summary>
    public static string Put(string page, string section)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        return begin < 0 || end < begin ? page.TrimEnd() + "\n\n" + section : page[..begin] + section.TrimEnd() + page[(end + End.Length)..];
    }

    /// <summary>The section, markers included.</summary>
    public static string Section(IReadOnlyDictionary<string, IReadOnlyList<RowResult>> results)
    {
        var text = new StringBuilder();
        var rows = Matrix.Rows.ToHashSet();
        var latest = rows.Select(row => results.TryGetValue(row.Title, out var of) ? of : []).Where(of => of.Count > 0).ToList();
        text.Append(CultureInfo.InvariantCulture, $"""
            {Begin}
            ## The fault matrix

            Written by `make faults`; nothing here is edited by hand. Of {rows.Count} rows {latest.Count} have been played, {latest.Count(of => of[^1].Green)} of them green the
            last time and {latest.Count(IsTwice)} green twice in a row.

            A row strikes when the operation has come to the step, and then nobody touches anything. It is green when within its bound the operation has settled, the application runs on
            exactly one side, its client is served and a fresh group snapshot is next door; when every acknowledged row is there, the images of the newest common group snapshot
            are the same on both sides, bit for bit; and when nothing is left that the status does not account for: image, snapshot, loop device, mount, volume, finalizer. The
            figures are the seconds from the end of the fault to convergence, of the last two times. Both clusters share a machine with two cores.

            *each step*: kubelet and etcd are killed in every step of the same operation, one after the other, and started again at once; the operation has to come from one to the next by
            itself. The steps that were struck are named when one was over before the program had started again from the strike before. The command line asks with one write (`configure` may define the application before) and
            then only looks on: it is killed as soon as the first step shows.

            *source*: where the application runs when the operation is asked for; *destination*: the other side. –: not played yet.

            ### kill -9 of Tonari's programs at each step

            | operation | step | node agent, destination | node agent, source | controller, destination | controller, source |
            |---|---|---|---|---|---|

            """);
        foreach (var operation in Operations.All)
        {
            foreach (var step in operation.Steps)
            {
                var cells = Kills.Select(kill => Cell(results, new FaultRow(operation.Name, step, kill.Fault, kill.Side)));
                text.Append(CultureInfo.InvariantCulture, $"| {operation.Name} | {step} | {string.Join(" | ", cells)} |\n");
            }
        }

        text.Append("""

            ### Everything else

            | fault | strikes | operation | step | converged after |
            |---|---|---|---|---|

            """);
        foreach (var row in Matrix.Rows.Where(row => row.Fault is not (FaultKinds.KillNode or FaultKinds.KillController)))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Fault} | {Words(row.Side)} | {row.Operation} | {row.When} | {Cell(results, row)} |\n");
        }

        return text.Append(End).Append('\n').ToString();
    }

    private static string Cell(IReadOnlyDictionary<string, IReadOnlyList<RowResult>> results, FaultRow row) =>
        results.TryGetValue(row.Title, out var of)
            ? string.Join(", ", of.TakeLast(2).Select(result => Told(row, result)))
            : "–";

    /// <summary>A step may be over before it can be struck; then the table says in which one it was.</summary>
    private static string Told(FaultRow row, RowResult result)
    {
        if (!result.Green) return "**failed**";
        var where = row.Lasts || result.Struck == string.Join(", ", row.Wanted) ? "" : $" (in {result.Struck})";
        return string.Create(CultureInfo.InvariantCulture, $"{result.Seconds:0} s{where}");
    }

    private static bool IsTwice(IReadOnlyList<RowResult> results) => results.Count > 1 && results[^1].Green && results[^2].Green;

    private static string Words(Side side) => side switch
    {
        Side.Source => "source",
        Side.Destination => "destination",
        _ => "the link",
    };
}
