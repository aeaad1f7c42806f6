namespace Tonari.Web.Access;

/// <summary>Every bound on who may come in, with its reason.</summary>
internal static class AccessLimits
{
    /// <summary>How long a token counts as valid without asking again: a page load asks dozens of times, a withdrawn token must not work for long.</summary>
    public static readonly TimeSpan TokenMemory = TimeSpan.FromSeconds(30);

    /// <summary>How long a token counts as invalid without asking again: whoever tries the same again and again does not reach the API server.</summary>
    public static readonly TimeSpan RefusalMemory = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer about a permission is used again: a change of a RoleBinding shows within this time.</summary>
    public static readonly TimeSpan PermissionMemory = TimeSpan.FromSeconds(10);

    /// <summary>Longest token that is looked at: OIDC tokens with many groups are some KiB.</summary>
    public const int LongestToken = 16 * 1024;

    /// <summary>Tokens remembered: far more than people work with one cluster at a time; about 1 KiB each.</summary>
    public const int Tokens = 512;

    /// <summary>Permissions remembered: users × namespaces × kinds that are looked at within seconds; about 0.5 KiB each.</summary>
    public const int Permissions = 4096;

    /// <summary>Reviews at a time: a burst of unknown tokens must not keep the API server from its work.</summary>
    public const int ReviewsAtATime = 8;
}
