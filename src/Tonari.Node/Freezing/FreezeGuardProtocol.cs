using System.Globalization;
using System.Text;

namespace Tonari.Node.Freezing;

/// <summary>What agent and guard say to each other: one line per message over the guard's standard input and output.
/// <c>arm ID MILLISECONDS MOUNT...</c> (mount points in Base64), answered by <c>armed ID</c>; <c>disarm ID</c>, answered by <c>disarmed ID</c>.
/// The end of the input thaws everything armed.</summary>
internal static class FreezeGuardProtocol
{
    public static string Arm(long id, TimeSpan thawAfter, IEnumerable<string> mountPoints) => string.Create(
        CultureInfo.InvariantCulture, $"arm {id} {(long)thawAfter.TotalMilliseconds} {string.Join(' ', mountPoints.Select(Encode))}");

    public static string Disarm(long id) => string.Create(CultureInfo.InvariantCulture, $"disarm {id}");

    public static string Armed(long id) => string.Create(CultureInfo.InvariantCulture, $"armed {id}");

    public static string Disarmed(long id) => string.Create(CultureInfo.InvariantCulture, $"disarmed {id}");

    /// <exception cref="FormatException">Not a message; the guard and the agent are of one program, so this is a defect.</exception>
    public static GuardMessage Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["arm", var id, var milliseconds, .. var mounts] => new GuardMessage.Arm(
                Number(id), TimeSpan.FromMilliseconds(Number(milliseconds)), [.. mounts.Select(Decode)]),
            ["disarm", var id] => new GuardMessage.Disarm(Number(id)),
            _ => throw new FormatException($"'{line}' is no message of the freeze guard."),
        };
    }

    private static long Number(string word) => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Encode(string mountPoint) => Convert.ToBase64String(Encoding.UTF8.GetBytes(mountPoint));

    private static string Decode(string word) => Encoding.UTF8.GetString(Convert.FromBase64String(word));
}

internal abstract record GuardMessage
{
    internal sealed record Arm(long Id, TimeSpan ThawAfter, IReadOnlyList<string> MountPoints) : GuardMessage;

    internal sealed record Disarm(long Id) : GuardMessage;
}
