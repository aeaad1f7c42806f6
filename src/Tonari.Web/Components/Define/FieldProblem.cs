using Tonari.Web.Actions;

namespace Tonari.Web.Components.Define;

/// <summary>What is wrong with a field, as a form shows it.</summary>
/// <param name="Field">Which one.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Part">What was written there.</param>
public sealed record FieldProblem(string Field, string Fault, string Part)
{
    /// <summary>Those that are to be shown.</summary>
    /// <param name="problems">All there are.</param>
    /// <param name="tried">Somebody wanted to save it; before that it is not said of a field nobody has written in yet that it is empty.</param>
    internal static IReadOnlyList<FieldProblem> Of(IEnumerable<DefinitionProblem> problems, bool tried) =>
        [.. problems.Where(p => tried || p.Part.Length > 0).Select(p => new FieldProblem(p.Field, p.Fault.ToString(), p.Part))];
}
