using Tonari.Demo.Telling;
using Tonari.Lab;
using Tonari.Lab.Measuring;

namespace Tonari.Demo;

/// <summary>What every chapter of the demo needs.</summary>
/// <param name="Lab">The clusters.</param>
/// <param name="Narrator">Tells what happens.</param>
/// <param name="Findings">Keeps what was found.</param>
/// <param name="Memory">Watches Tonari's memory from the first chapter to the last.</param>
/// <param name="Clock">The clock.</param>
internal sealed record Stage(TwoClusters Lab, Narrator Narrator, Findings Findings, MemoryWatch Memory, TimeProvider Clock)
{
    /// <summary>The time now.</summary>
    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Tells and keeps what a step came to.</summary>
    public void Add(Step step)
    {
        Findings.Steps.Add(step);
        Narrator.Tell(step);
    }
}
