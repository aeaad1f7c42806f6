using System.Text.Json;
using System.Text.Json.Serialization;
using Tonari.Faults.Rows;

namespace Tonari.Faults.Telling;

/// <summary>Every result so far, a line of JSON each: a matrix takes longer than one sitting.</summary>
internal sealed class ResultsFile(string path)
{
    /// <summary>The results of a row, oldest first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<RowResult>> Read() => File.Exists(path)
        ? File.ReadLines(path)
            .Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize(line, ResultsJson.Default.RowResult)!)
            .GroupBy(result => result.Title, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<RowResult>)[.. group.OrderBy(result => result.At)], StringComparer.Ordinal)
        : new Dictionary<string, IReadOnlyList<RowResult>>(StringComparer.Ordinal);

    public void Add(RowResult result)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllText(path, JsonSerializer.Serialize(result, ResultsJson.Default.RowResult) + "\n");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RowResult))]
internal sealed partial class ResultsJson : JsonSerializerContext;
