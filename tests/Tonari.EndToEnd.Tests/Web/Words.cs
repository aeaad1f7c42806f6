using System.Globalization;
using System.Xml.Linq;
using Tonari.Lab;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>The words of the interface in one language, as translators wrote them: tests click on what people read, in either language.</summary>
/// <param name="language"><c>en</c> or <c>ja</c>.</param>
internal sealed class Words(string language)
{
    private readonly Dictionary<string, string> words = Read(language);

    /// <summary>The language's code.</summary>
    public string Language => language;

    /// <summary>A text, with its blanks filled in.</summary>
    public string this[string name, params object[] blanks] => words.TryGetValue(name, out var text)
        ? string.Format(CultureInfo.InvariantCulture, text, blanks)
        : throw new KeyNotFoundException($"The interface has no text {name} in {language}.");

    private static Dictionary<string, string> Read(string language)
    {
        var file = language == "en" ? "Texts.resx" : $"Texts.{language}.resx";
        return XDocument.Load(Path.Combine(LabPaths.Repository, "src", "Tonari.Web", "Resources", file)).Root!.Elements("data")
            .ToDictionary(e => e.Attribute("name")!.Value, e => e.Element("value")!.Value);
    }
}
