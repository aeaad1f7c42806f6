namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// Cuts a failing history down to what it takes to fail in the same way: delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", 2002) over its events, then less time between them, then plainer circumstances.
/// </summary>
internal sealed class Shrinker(Protocol rules, int tries = 4000)
{
    private int left = tries;

    /// <summary>The shortest history found that breaks the same promise, told in words.</summary>
    public Failure Shrink(Failure failure)
    {
        var kind = Kind(failure.What);
        var plan = failure.Plan;
        for (var before = int.MaxValue; plan.Happenings.Count < before && left > 0;)
        {
            before = plan.Happenings.Count;
            plan = Plainer(Fewer(plan, kind), kind);
        }

        return History.Play(plan, rules, tell: true)!;
    }

    /// <summary>What was promised, without names and numbers: a shorter story has other ones.</summary>
    private static string Kind(string what) => string.Join(' ', what.Split(' ').Where(word => !word.Any(char.IsAsciiDigit) && word is not ("blue" or "green")));

    private Plan Fewer(Plan plan, string kind)
    {
        for (var size = Math.Max(1, plan.Happenings.Count / 2); size >= 1; size /= 2)
        {
            for (var at = 0; at < plan.Happenings.Count && left > 0;)
            {
                var shorter = Instead(plan.Happenings, at, size)
                    .Select(instead => plan with { Happenings = [.. plan.Happenings.Take(at), .. instead] })
                    .FirstOrDefault(candidate => left > 0 && Fails(candidate, kind));
                if (shorter is null) at += size;
                else plan = shorter;
            }
        }

        return plan;
    }

    /// <summary>What could stand in place of some events and all that follow: nothing, the time they took, or everything simply going on for a moment.</summary>
    private static IEnumerable<IEnumerable<Happening>> Instead(IReadOnlyList<Happening> all, int at, int size)
    {
        var (cut, rest) = (all.Skip(at).Take(size).ToList(), all.Skip(at + size).ToList());
        yield return rest;

        var time = cut.Sum(happening => happening.Millis);
        if (rest.Count > 0)
            yield return [rest[0] with { Millis = (ushort)Math.Min(ushort.MaxValue, rest[0].Millis + time) }, .. rest.Skip(1)];
        if (cut.Count > 1) yield return [new Happening(HappeningKind.Flow, 0, 100, 9), .. rest];
    }

    /// <summary>Events that need no special circumstances: the usual clocks, the first of several choices, as little time as possible.</summary>
    private Plan Plainer(Plan plan, string kind)
    {
        if (Try(plan with { Setup = Setup.Plain }) is { } plain) plan = plain;
        if (Try(plan with { Ending = Ending.Heal }) is { } heals) plan = heals;
        for (var i = 0; i < plan.Happenings.Count; i++)
        {
            var happening = plan.Happenings[i];
            foreach (var simpler in (Happening[])[happening with { Choice = 0 }, happening with { Choice = (ushort)(happening.Choice % 12) }])
            {
                if (simpler == plan.Happenings[i] || Try(With(plan, i, simpler)) is not { } better) continue;
                plan = better;
                break;
            }
        }

        return plan;

        Plan? Try(Plan candidate) => left > 0 && Fails(candidate, kind) ? candidate : null;
    }

    private static Plan With(Plan plan, int index, Happening happening) =>
        plan with { Happenings = [.. plan.Happenings.Select((old, i) => i == index ? happening : old)] };

    private bool Fails(Plan plan, string kind)
    {
        left--;
        return History.Play(plan, rules) is { } failure && Kind(failure.What) == kind;
    }
}
