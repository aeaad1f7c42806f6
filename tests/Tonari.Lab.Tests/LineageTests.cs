using Tonari.Lab.Rows;

namespace Tonari.Lab.Tests;

/// <summary>The judge of the demo and the end-to-end tests must itself be able to say "guilty".</summary>
public sealed class LineageTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_database_that_never_moved_must_hold_every_acknowledged_row()
    {
        var ledger = Rows("blue", 1, 5);

        Lineage.On("blue").Judge(ledger, Set(1, 2, 3, 4, 5)).Good.ShouldBeTrue();
        Lineage.On("blue").Judge(ledger, Set(1, 2, 4, 5)).Missing.ShouldBe([3L]);
    }

    [Fact]
    public void A_row_whose_commit_nobody_acknowledged_may_be_there_or_not()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 2), new(3, "blue", At(3), null)];

        Lineage.On("blue").Judge(ledger, Set(1, 2)).Good.ShouldBeTrue();
        Lineage.On("blue").Judge(ledger, Set(1, 2, 3)).Good.ShouldBeTrue();
    }

    [Fact]
    public void After_a_fail_over_what_the_snapshot_should_contain_must_be_there_and_the_rest_may_be_missing()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 5), .. Rows("green", 6, 7)];
        var lineage = Lineage.On("blue").FailedOverTo("green", At(3), 6, 3);

        var good = lineage.Judge(ledger, Set(1, 2, 3, 6, 7));
        good.Good.ShouldBeTrue();
        good.Required.ShouldBe(5);
        good.WrittenAfter.ShouldBe([4L, 5L]);
        lineage.Judge(ledger, Set(1, 2, 6, 7)).Missing.ShouldBe([3L]);
        lineage.Judge(ledger, Set(1, 2, 3, 6)).Missing.ShouldBe([7L]);
    }

    [Fact]
    public void A_snapshot_that_holds_a_row_but_not_the_one_before_it_has_a_hole()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 6)];

        var verdict = Lineage.On("blue").FailedOverTo("green", At(3), 7, 3).Judge(ledger, Set(1, 2, 3, 5));

        verdict.Good.ShouldBeFalse();
        verdict.Holes.ShouldBe([4L]);
    }

    [Fact]
    public void What_the_old_side_wrote_after_the_asking_and_before_the_snapshot_is_part_of_the_past()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 6), .. Rows("green", 7, 8)];
        var lineage = Lineage.On("blue").FailedOverTo("green", At(4), 3, 5);

        lineage.Judge(ledger, Set(1, 2, 3, 4, 7, 8)).Good.ShouldBeTrue();
        lineage.Judge(ledger, Set(1, 2, 3, 4, 5, 7, 8)).Good.ShouldBeTrue("it was sent before the snapshot was complete");
        lineage.Judge(ledger, Set(1, 2, 3, 7, 8)).Missing.ShouldBe([4L]);
        lineage.Judge(ledger, Set(1, 2, 3, 4, 5, 6, 7, 8)).Unexpected.ShouldBe([6L]);
    }

    [Fact]
    public void What_the_cut_off_side_went_on_writing_must_not_turn_up_on_the_new_one()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 3), .. Rows("green", 4, 4), .. Rows("blue", 5, 5)];
        var lineage = Lineage.On("blue").FailedOverTo("green", At(3), 4, 3);

        lineage.Judge(ledger, Set(1, 2, 3, 4)).Good.ShouldBeTrue();
        lineage.Judge(ledger, Set(1, 2, 3, 4, 5)).Unexpected.ShouldBe([5L]);
    }

    [Fact]
    public void After_a_planned_move_not_one_acknowledged_row_may_be_missing()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 3), .. Rows("green", 4, 5)];
        var lineage = Lineage.On("blue").MovedTo("green", 3);

        lineage.Judge(ledger, Set(1, 2, 3, 4, 5)).Good.ShouldBeTrue();
        lineage.Judge(ledger, Set(1, 2, 4, 5)).Missing.ShouldBe([3L]);
    }

    [Fact]
    public void Rows_brought_home_by_a_fail_back_are_required_at_home()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 3), .. Rows("green", 4, 5), .. Rows("blue", 6, 6)];
        var lineage = Lineage.On("blue").FailedOverTo("green", At(2), 4, 2).MovedTo("blue", 6);

        lineage.Judge(ledger, Set(1, 2, 4, 5, 6)).Good.ShouldBeTrue();
        lineage.Judge(ledger, Set(1, 2, 5, 6)).Missing.ShouldBe([4L]);
    }

    [Fact]
    public void The_rows_of_a_rehearsal_must_be_gone_and_those_of_the_kept_side_all_there()
    {
        LedgerEntry[] ledger = [.. Rows("blue", 1, 3), .. Rows("green", 4, 5), .. Rows("blue", 6, 6)];
        var kept = Lineage.On("blue").MovedTo("green", 1).MovedTo("blue", 1).Without("green", 4);

        kept.Judge(ledger, Set(1, 2, 3, 6)).Good.ShouldBeTrue();
        kept.Judge(ledger, Set(1, 2, 3, 4, 6)).Unexpected.ShouldBe([4L]);
        kept.Judge(ledger, Set(1, 2, 6)).Missing.ShouldBe([3L]);
    }

    [Fact]
    public void Rows_that_nobody_wrote_are_unexpected() =>
        Lineage.On("blue").Judge(Rows("blue", 1, 2), Set(1, 2, 99)).Unexpected.ShouldBe([99L]);

    private static LedgerEntry[] Rows(string side, int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(n => new LedgerEntry(n, side, At(n), At(n)))];

    private static DateTimeOffset At(int second) => Start.AddSeconds(second);

    private static HashSet<long> Set(params long[] numbers) => [.. numbers];
}
