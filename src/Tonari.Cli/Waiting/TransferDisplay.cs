using Tonari.Cli.Rendering;
using Tonari.Kubernetes.Mirrors;

namespace Tonari.Cli.Waiting;

/// <summary>Running transfers: a bar per volume with rate and time left on a terminal, a line every ten per cent elsewhere.</summary>
internal sealed class TransferDisplay
{
    private const int BarWidth = 24;
    private const int ReportEveryPercent = 10;
    private readonly Dictionary<string, TransferRate> rates = [];
    private readonly Dictionary<string, int> reported = [];

    public ProgressLines Observe(DateTimeOffset now, IReadOnlyList<VolumeTransfer> transfers)
    {
        var table = new Table("", "", "", "", "", "");
        var changes = new List<Line>();
        foreach (var transfer in transfers)
        {
            var rate = rates.TryGetValue(transfer.Key, out var known) ? known : rates[transfer.Key] = new TransferRate();
            rate.Observe(now, transfer.BytesDone);
            var percent = Percent(transfer);
            table.Add(
                "  " + transfer.Key,
                new Span(Bar(percent), Tone.Good),
                $"{percent}%",
                Amount(transfer),
                Speed(rate),
                Left(transfer, rate));
            if (IsNews(transfer.Key, percent))
            {
                string[] parts = [$"{percent}%", Amount(transfer), Speed(rate), Left(transfer, rate)];
                changes.Add($"  {transfer.Key}: {string.Join(", ", parts.Where(p => p.Length > 0))}");
            }
        }

        return new ProgressLines(table.IsEmpty ? [] : table.ToLines(withHeadings: false), changes);
    }

    private bool IsNews(string key, int percent)
    {
        var step = percent / ReportEveryPercent;
        if (reported.TryGetValue(key, out var last) && last == step)
        {
            return false;
        }

        reported[key] = step;
        return true;
    }

    private static int Percent(VolumeTransfer transfer) =>
        transfer.BytesToDo <= 0 ? 0 : (int)Math.Clamp(100.0 * transfer.BytesDone / transfer.BytesToDo, 0, 100);

    private static string Bar(int percent)
    {
        var full = percent * BarWidth / 100;
        return new string('█', full) + new string('░', BarWidth - full);
    }

    private static string Amount(VolumeTransfer transfer) =>
        transfer.BytesToDo <= 0 ? "looking for changes" : $"{Format.Bytes(transfer.BytesDone)} of {Format.Bytes(transfer.BytesToDo)}";

    private static string Left(VolumeTransfer transfer, TransferRate rate)
    {
        if (transfer.BytesToDo > 0 && transfer.BytesDone >= transfer.BytesToDo)
        {
            return "done";
        }

        return rate.TimeFor(transfer.BytesToDo - transfer.BytesDone) is { } left && transfer.BytesToDo > 0
            ? Format.Age(left) + " left"
            : "";
    }

    private static string Speed(TransferRate rate) => rate.BytesPerSecond > 0 ? Format.Rate(rate.BytesPerSecond) : "";
}

/// <summary>A part of a <see cref="Terminal.ProgressMoment"/>.</summary>
internal sealed record ProgressLines(IReadOnlyList<Line> Frame, IReadOnlyList<Line> Changes);
