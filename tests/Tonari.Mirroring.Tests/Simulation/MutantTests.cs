namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>The checks find a broken rule of each kind within the default number of histories.</summary>
public sealed class MutantTests
{
    public static TheoryData<string> Names { get; } =
        [.. typeof(Mutants).GetNestedTypes(System.Reflection.BindingFlags.NonPublic).Where(type => type.IsSubclassOf(typeof(Protocol))).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_rule_is_found(string name)
    {
        var mutant = (Protocol)Activator.CreateInstance(typeof(Mutants).GetNestedType(name, System.Reflection.BindingFlags.NonPublic)!)!;
        var campaign = new Campaign(mutant, 1, SimulationTests.DefaultHistories);
        campaign.Run().ShouldNotBeNull();
    }
}
