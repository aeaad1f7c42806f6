using System.Globalization;
using System.Net;
using System.Text;

namespace Tonari.Kubernetes.Api;

/// <summary>Somebody in whose name the API server is asked: his rights count, and its audit log names him.</summary>
/// <param name="Name">User name, as his authenticator gave it.</param>
/// <param name="Groups">Groups.</param>
/// <param name="Extra">Whatever else his authenticator said of him.</param>
/// <remarks>Without his uid: only servers from 1.22 on let it be passed on, and no right depends on it.</remarks>
public sealed record ApiUser(string Name, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IList<string>> Extra)
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string ExtraHeader = "Impersonate-Extra-";

    // The characters of a header name (RFC 9110), in lower case; % is what escapes the others.
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789!#$&'*+-.^_`|~";

    /// <summary>The headers of impersonation, in order; the same name comes once for each value.</summary>
    /// <exception cref="ApiForbiddenException">A name would reach the server as another one.</exception>
    internal IEnumerable<(string Name, string Value)> Headers()
    {
        yield return (UserHeader, Checked(Name));
        foreach (var group in Groups)
            yield return (GroupHeader, Checked(group));
        foreach (var (key, values) in Extra)
        {
            foreach (var value in values)
                yield return (ExtraHeader + Escape(key), Checked(value));
        }
    }

    /// <summary>
    /// Whether a name reaches the server as it is. White space around a header's value is no part of it, so " alice" would become alice, who is
    /// somebody else; line breaks would end the header.
    /// </summary>
    public static bool CanBeNamed(string value) =>
        value.Length > 0 && !char.IsWhiteSpace(value[0]) && !char.IsWhiteSpace(value[^1]) && !value.Any(char.IsControl);

    private static string Checked(string value) =>
        CanBeNamed(value)
            ? value
            : throw new ApiForbiddenException(
                "A user whose name or group is empty, begins or ends with a space, or has control characters cannot be named to the API server.", HttpStatusCode.Forbidden);

    private static string Escape(string key)
    {
        var escaped = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(key))
        {
            if (NameCharacters.Contains((char)b, StringComparison.Ordinal))
                escaped.Append((char)b);
            else
                escaped.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return escaped.ToString();
    }
}
