using Tonari.Cli.Connection;
using Tonari.Cli.Terminal;
using Tonari.Kubernetes;

namespace Tonari.Cli;

/// <summary>The world as the commands see it; tests put their own in its place.</summary>
/// <param name="Terminal">The user; made once the options are known.</param>
/// <param name="Connect">Opens the connection to the API server that the options name.</param>
/// <param name="Clock">Time, also for pauses.</param>
/// <param name="Randomness">Names that nobody can guess.</param>
internal sealed record CliServices(
    Func<bool, UserTerminal> Terminal,
    Func<ConnectionOptions, ClusterConnection> Connect,
    TimeProvider Clock,
    IRandomness Randomness);
