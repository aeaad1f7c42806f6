using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Tonari.Kubernetes.Tests.Schema;

/// <summary>The doc comments of compiled types, from the XML files that the compiler writes beside the assemblies.</summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, XElement> _members = [];

    public DocComments(params IEnumerable<Assembly> assemblies)
    {
        foreach (var assembly in assemblies)
        {
            var members = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member");
            foreach (var member in members)
                _members[member.Attribute("name")!.Value] = member;
        }
    }

    public string? Of(Type type) => Summary("T:" + type.FullName);

    public string? Of(PropertyInfo property) =>
        Summary($"P:{property.DeclaringType!.FullName}.{property.Name}")
        ?? Parameter(property)
        ?? Summary("T:" + (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).FullName);

    // Positional properties of records are described by the <param> elements of the type.
    private string? Parameter(PropertyInfo property) =>
        _members.GetValueOrDefault("T:" + property.DeclaringType!.FullName)?.Elements("param")
            .FirstOrDefault(p => p.Attribute("name")?.Value == property.Name) is { } element
            ? Text(element)
            : null;

    private string? Summary(string key) => _members.GetValueOrDefault(key)?.Element("summary") is { } element ? Text(element) : null;

    private static string Text(XElement element)
    {
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement inner when inner.Attribute("cref") is { } reference => reference.Value.Split('.')[^1],
            XElement inner => inner.Value,
            _ => "",
        }));
        return Whitespace().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
