using Tonari.Kubernetes.Wording;
using Tonari.Web.Changes;

namespace Tonari.Web.Views;

/// <summary>The lengths of time over which lag can be looked at.</summary>
internal static class LagWindows
{
    /// <summary>What is shown of a mirror that has been watched for long.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromHours(1);

    /// <summary>All of them, shortest first.</summary>
    public static readonly IReadOnlyList<TimeSpan> All = [TimeSpan.FromMinutes(10), Usual, TimeSpan.FromHours(6), TimeSpan.FromHours(24)];

    /// <summary>The one that an address names; null: none that there is.</summary>
    public static TimeSpan? Find(string? text) => All.Where(w => Format.Exact(w) == text).Select(w => (TimeSpan?)w).FirstOrDefault();

    /// <summary>The shortest in which everything that is known has its place, but not more than usual: an hour of which two minutes are known is an empty picture.</summary>
    public static TimeSpan For(IReadOnlyList<LagPoint> points, DateTimeOffset now) =>
        points.Count == 0 ? Usual : All.First(w => w == Usual || now - points[0].At <= w);
}
