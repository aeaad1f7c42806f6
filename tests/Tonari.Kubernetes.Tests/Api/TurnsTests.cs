using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Tests.Api;

public sealed class TurnsTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_many_have_a_turn_and_the_others_get_theirs_in_the_order_they_came()
    {
        var turns = new Turns(2);
        var first = await turns.TakeAsync(Ct);
        var second = await turns.TakeAsync(Ct);
        var third = turns.TakeAsync(Ct);
        var fourth = turns.TakeAsync(Ct);
        third.IsCompleted.ShouldBeFalse();

        first.Dispose();
        first.Dispose(); // twice is once
        (await third).ShouldNotBeNull();
        fourth.IsCompleted.ShouldBeFalse();
        second.Dispose();
        (await fourth).ShouldNotBeNull();
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_takes_no_turn_away()
    {
        var turns = new Turns(1);
        var first = await turns.TakeAsync(Ct);
        using var end = new CancellationTokenSource();
        var given = turns.TakeAsync(end.Token);
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(given);

        first.Dispose();
        using var next = await turns.TakeAsync(Ct);
    }
}
