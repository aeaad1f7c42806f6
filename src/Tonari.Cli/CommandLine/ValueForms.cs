using System.CommandLine;
using System.CommandLine.Parsing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.CommandLine;

/// <summary>
/// What the values of options and arguments look like. One that does not is refused while the command line is read, before anything is asked of a cluster,
/// in a sentence that begins with the option's name.
/// </summary>
internal static class ValueForms
{
    // As long as the system lets a path be.
    private const int LongestPath = 4096;

    // The names that cloud providers give to contexts have a hundred characters.
    private const int LongestContext = 1024;

    // Twenty labels of the longest form.
    private const int LongestSelector = 8192;

    /// <summary>Refuses values that are wrong.</summary>
    /// <param name="option">What has them.</param>
    /// <param name="wrong">What is wrong with a value; null: nothing.</param>
    public static Option<T> Checked<T>(this Option<T> option, Func<string, string?> wrong)
    {
        option.Validators.Add(result => Check(result, option.Name, wrong));
        return option;
    }

    /// <inheritdoc cref="Checked{T}(Option{T}, Func{string, string?})"/>
    public static Argument<T> Checked<T>(this Argument<T> argument, Func<string, string?> wrong)
    {
        argument.Validators.Add(result => Check(result, argument.Name, wrong));
        return argument;
    }

    /// <summary>The name of an object that is no namespace.</summary>
    public static string? ObjectName(string text) => NameForms.IsSubdomain(text)
        ? null
        : $"'{text}' is not a name. Names have 1 to {NameForms.LongestSubdomain} characters of a-z, 0-9, '-' and '.', and begin and end with a letter or digit.";

    /// <summary>The name of a namespace.</summary>
    public static string? Namespace(string text) => NameForms.IsLabel(text)
        ? null
        : $"'{text}' is not a namespace. Namespaces have names of 1 to {NameForms.LongestLabel} characters of a-z, 0-9 and '-'.";

    /// <summary>The path of a file.</summary>
    public static string? FilePath(string text) => IsLine(text, LongestPath) ? null : $"'{text}' is not a path.";

    /// <summary>The name of a kubeconfig's context, which may be nearly anything.</summary>
    public static string? Context(string text) => IsLine(text, LongestContext) ? null : $"'{text}' is not the name of a context.";

    /// <summary>A pairing token, or - for the input. It is not repeated: it lets a cluster in.</summary>
    public static string? Token(string text)
    {
        string? problem = null;
        return text == "-" || PairingToken.Decode(text, out problem) is not null ? null : problem;
    }

    /// <summary>Two names, as in <c>here=there</c>.</summary>
    /// <param name="name">What is wrong with one of them.</param>
    public static Func<string, string?> Pair(Func<string, string?> name) => text => text.Split('=') is [var here, var there]
        ? name(here) ?? name(there)
        : $"'{text}' does not say what has which name there. Write it like here=there.";

    /// <summary>A namespace and labels, as in <c>shop=app=web</c>.</summary>
    public static string? NamespaceAndLabels(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || text.Length > LongestSelector || string.IsNullOrWhiteSpace(text[(equals + 1)..]))
        {
            return $"'{text}' does not say which labels of which namespace. Write it like shop=app=web.";
        }

        return Namespace(text[..equals]) ?? (LabelSelectorText.TryParse(text[(equals + 1)..], out _, out var part)
            ? null
            : $"'{part}' is not a label selector. Write it like app=web, or app=web,tier!=cache.");
    }

    private static bool IsLine(string text, int longest) => text.Length <= longest && !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl);

    private static void Check(SymbolResult result, string name, Func<string, string?> wrong)
    {
        if (result.Tokens.Select(token => wrong(token.Value)).FirstOrDefault(problem => problem is not null) is { } first)
        {
            result.AddError($"{name}: {first}");
        }
    }
}
