using Microsoft.Extensions.Time.Testing;

namespace Tonari.Engine.Tests;

/// <summary>All readers together keep to the rate, and none of them blocks another.</summary>
public sealed class ReadPaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void ReadersTakeTurnsAtTheCommonRate()
    {
        var pace = new ReadPace(new ByteCount(1000), _time);
        pace.PayAsync(1000, TestPool.Ct).IsCompleted.ShouldBeTrue("the first need not wait");
        var second = pace.PayAsync(500, TestPool.Ct);
        var third = pace.PayAsync(1, TestPool.Ct);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        second.IsCompleted.ShouldBeTrue();
        third.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(500));
        third.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void AnIdlePastIsNotSavedUp()
    {
        var pace = new ReadPace(new ByteCount(1000), _time);
        _time.Advance(TimeSpan.FromHours(1));
        pace.PayAsync(1000, TestPool.Ct).IsCompleted.ShouldBeTrue();
        pace.PayAsync(1, TestPool.Ct).IsCompleted.ShouldBeFalse();
    }
}
