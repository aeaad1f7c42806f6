namespace Tonari.Controller.Hosting;

/// <summary>Runs things that belong together: when one ends or fails, all end.</summary>
internal static class Together
{
    /// <summary>Runs all until the first one ends, ends the others, and waits for them. Throws what the first one that failed threw.</summary>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> parts, CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var tasks = parts.Select(part => Task.Run(() => part(end.Token), CancellationToken.None)).ToList();
        var first = await Task.WhenAny(tasks);
        await end.CancelAsync();
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
        ct.ThrowIfCancellationRequested();
    }
}
