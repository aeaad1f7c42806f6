using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Web.Actions;

/// <summary>Hooks that somebody can begin with.</summary>
internal enum HookTemplate
{
    /// <summary>A checkpoint of PostgreSQL.</summary>
    Postgres,

    /// <summary>Tables of MySQL that have no log of their own.</summary>
    Mysql,

    /// <summary>What Redis has in memory.</summary>
    Redis,
}

/// <summary>What stands in them.</summary>
/// <remarks>
/// None is needed for a snapshot to be whole: all volumes are frozen together, and a database recovers from that as from a power cut. They make
/// recovery short, or bring to disk what a program keeps in memory alone. A lock that ends with its command would do nothing, so none is taken.
/// </remarks>
internal static class HookTemplates
{
    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<HookTemplate, HookRequest> All { get; } = new Dictionary<HookTemplate, HookRequest>
    {
        // The official images set the variables that are read here; psql asks for no password on the local socket there.
        [HookTemplate.Postgres] = Shell("postgres-checkpoint", "(^|/)postgres(:|@|$)", """psql --username="${POSTGRES_USER:-postgres}" --dbname=postgres --command=CHECKPOINT"""),
        [HookTemplate.Mysql] = Shell("mysql-flush", "(^|/)mysql(:|@|$)", """MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql --user=root --execute="FLUSH LOCAL TABLES" """.TrimEnd()),
        [HookTemplate.Redis] = new("redis-save", Stages: [HookStage.PreSnapshot], Command: ["redis-cli", "SAVE"], ContainerImage: "(^|/)redis(:|@|$)", Timeout: GoDuration.FromMinutes(1), OnFailure: HookFailurePolicy.Abort),
    };

    private static HookRequest Shell(string name, string image, string script) =>
        new(name, Stages: [HookStage.PreSnapshot], Command: ["sh", "-c", script], ContainerImage: image, Timeout: GoDuration.FromMinutes(1), OnFailure: HookFailurePolicy.Warn);
}
