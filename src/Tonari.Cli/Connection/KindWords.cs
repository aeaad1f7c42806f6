namespace Tonari.Cli.Connection;

/// <summary>Which command lists a kind.</summary>
internal static class KindWords
{
    public static string? CommandOf(string kind) => kind switch
    {
        "AppMirror" => "mirror",
        "Application" => "app",
        "AppSnapshot" => "snapshot",
        "ClusterPeer" => "peer",
        "StoragePool" => "pool",
        "ExecHook" => "hook",
        _ => null,
    };
}
