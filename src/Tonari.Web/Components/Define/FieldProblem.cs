using Tonari.Web.Actions;

namespace Tonari.Web.Components.Define;

/// <summary>What is wrong with a field, as a form shows it.</summary>
/// <param name="Field">Which one.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Part">What was written there.</param>
public sealed record FieldProblem(string Field, string Fault, string Part)
{
    /// <summary>Those that are to be shown: of a line nobody has written in yet it is not said that it is empty.</summary>
    internal static IReadOnlyList<FieldProblem> Of(IEnumerable<DefinitionProblem> problems) =>
        [.. problems.Where(p => p.Part.Length > 0).Select(p => new FieldProblem(p.Field, p.Fault.ToString(), p.Part))];
}
