using Tonari.Lab;

namespace Tonari.Faults.Striking;

/// <summary>Something is wrong between the clusters.</summary>
internal sealed class LinkFault(StruckGround ground, Func<CancellationToken, Task> strike) : IFault
{
    // A transfer over the slow link, or one that loses packets, is part of it.
    public TimeSpan Bound => TimeSpan.FromSeconds(180);

    public Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StrikeAsync(CancellationToken ct) => strike(ct);

    public Task EndAsync(CancellationToken ct) => ground.Side == Rows.Side.Link ? LabLink.ClearAsync(ct) : Task.CompletedTask;
}
