using System.Reflection;

namespace Tonari.Node;

internal static class ProgramVersion
{
    /// <summary>For example 0.1.0.</summary>
    public static string Current { get; } = typeof(ProgramVersion).Assembly.GetName().Version?.ToString(3)
        ?? typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
