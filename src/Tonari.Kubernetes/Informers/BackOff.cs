namespace Tonari.Kubernetes.Informers;

/// <summary>Growing pauses.</summary>
internal static class BackOff
{
    /// <summary>The pause after so many failures before: doubles from the first to the longest.</summary>
    public static TimeSpan Pause(int failures, TimeSpan first, TimeSpan longest)
    {
        var pause = first.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 30));
        return TimeSpan.FromMilliseconds(Math.Min(pause, longest.TotalMilliseconds));
    }
}
