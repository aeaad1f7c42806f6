using Tonari.Cli;
using Tonari.Cli.Connection;
using Tonari.Cli.Terminal;
using Tonari.Kubernetes;

Console.OutputEncoding = System.Text.Encoding.UTF8;
var services = new CliServices(
    noColour => new UserTerminal(Console.In, Console.Out, Console.Error, Features(noColour)),
    options => KubeconfigConnector.Connect(options, TimeProvider.System),
    TimeProvider.System,
    new SystemRandomness());
return await CliHost.RunAsync(services, args, Console.Out, Console.Error, CancellationToken.None);

// https://no-color.org: any non-empty value counts. A terminal that says it is dumb cannot redraw.
static TerminalFeatures Features(bool noColour)
{
    if (Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb")
    {
        return TerminalFeatures.Plain;
    }

    var colour = !noColour && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    return new TerminalFeatures(true, colour, Math.Max(40, Console.WindowWidth - 1));
}
