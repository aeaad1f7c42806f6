using Tonari.Faults.Rows;
using Tonari.Faults.Striking;
using Tonari.Faults.Telling;

namespace Tonari.Lab.Tests;

/// <summary>The fault matrix and what is told of it.</summary>
public sealed class FaultMatrixTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_row_has_its_own_title_and_strikes_in_a_step_that_its_operation_has()
    {
        Matrix.Rows.Select(row => row.Title).Distinct().Count().ShouldBe(Matrix.Rows.Count);
        foreach (var row in Matrix.Rows)
        {
            row.Wanted.Except(Operations.Of(row.Operation).Steps).ShouldBeEmpty(row.Title);
            row.Wanted.Any().ShouldBe(!row.Lasts, row.Title);
        }

        Matrix.Representative.Except(Matrix.Rows).ShouldBeEmpty();
    }

    [Fact]
    public void Every_program_is_killed_at_every_step_on_both_sides()
    {
        foreach (var operation in Operations.All)
        {
            foreach (var step in operation.Steps)
            {
                Matrix.Rows.Count(row => row.Operation == operation.Name && row.Step == step && (row.Fault is FaultKinds.KillNode or FaultKinds.KillController))
                    .ShouldBe(4, $"{operation.Name} {step}");
            }

            foreach (var daemon in (string[])[FaultKinds.KillKubelet, FaultKinds.RestartEtcd])
            {
                Matrix.Rows.Where(row => row.Operation == operation.Name && row.Fault == daemon).Select(row => (row.Side, string.Join(' ', row.Wanted)))
                    .ShouldBe([(Side.Destination, string.Join(' ', operation.Steps)), (Side.Source, string.Join(' ', operation.Steps))], ignoreOrder: true);
            }
        }
    }

    [Fact]
    public void A_row_that_failed_or_was_never_played_cannot_be_taken_for_a_green_one()
    {
        var (green, red, once) = (Matrix.Rows[0], Matrix.Rows[1], Matrix.Rows[2]);
        var results = new Dictionary<string, IReadOnlyList<RowResult>>
        {
            [green.Title] = [Result(green, 31, false), Result(green, 4, true), Result(green, 5, true)],
            [red.Title] = [Result(red, 4, true), Result(red, null, false)],
            [once.Title] = [Result(once, 7, true)],
        };

        var section = ReliabilityPage.Section(results);

        section.ShouldContain($"Of {Matrix.Rows.Count} rows 3 have been played, 2 of them green the\nlast time and 1 green twice in a row");
        section.ShouldContain("| initial transfer | Requesting | 4 s, 5 s | 4 s, **failed** | 7 s | – |");
    }

    [Fact]
    public void The_section_takes_the_place_of_the_earlier_one_and_leaves_the_rest_of_the_page_alone()
    {
        var section = ReliabilityPage.Section(new Dictionary<string, IReadOnlyList<RowResult>>());

        var page = ReliabilityPage.Put("# Reliability\n\nBefore.\n", section);
        page.ShouldStartWith("# Reliability\n\nBefore.\n\n<!-- faults:begin -->\n");
        ReliabilityPage.Put(page + "\nAfter.\n", section).ShouldBe(page + "\nAfter.\n");
    }

    private static RowResult Result(FaultRow row, double? seconds, bool green) => new(row.Title, Now, row.Step, seconds, green, green ? "" : "It did not settle.");

    [Fact]
    public void Every_row_is_played_once_and_mostly_where_the_one_before_ended()
    {
        var (left, state, played, ways) = (Matrix.Rows.ToList(), Before.Nothing, new List<FaultRow>(), 0);
        while (left.Count > 0)
        {
            var row = Sequence.Take(left, state);
            if (Operations.Of(row.Operation).Before != state) ways++;
            played.Add(row);
            state = Sequence.Ends(row);
        }

        played.Order(Comparer<FaultRow>.Create((a, b) => string.CompareOrdinal(a.Title, b.Title)))
            .ShouldBe(Matrix.Rows.OrderBy(row => row.Title, StringComparer.Ordinal));
        // Most rows begin with a relationship that has failed over, and few end with one.
        ways.ShouldBeLessThanOrEqualTo(Matrix.Rows.Count(row => Operations.Of(row.Operation).Before != Before.Established) - Matrix.Rows.Count(row => Sequence.Ends(row) != Before.Established));
    }
}
