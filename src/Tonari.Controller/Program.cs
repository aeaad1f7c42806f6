using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using k8s.Exceptions;
using Tonari.Controller.Hosting;
using Tonari.Controller.Peers;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Hosting;

var clusterName = new Option<string>("--cluster-name") { Description = "Name of this cluster, as neighbours see it.", Required = true };
clusterName.Validators.Add(result => Demand(result, PeerObjects.IsClusterName, "must be 1 to 63 lower-case letters, digits and hyphens"));
var peerEndpoint = new Option<string>("--peer-endpoint") { Description = "HOST:PORT under which neighbours reach this cluster's gateway.", Required = true };
peerEndpoint.Validators.Add(result => Demand(result, PeerEndpoint.IsValid, "is not of the form HOST:PORT"));
var peerPort = new Option<int>("--peer-port") { Description = "Port the gateway listens on.", DefaultValueFactory = _ => 7443 };
var metricsPort = new Option<int>("--metrics-port") { Description = "Port of /healthz, /readyz and /metrics.", DefaultValueFactory = _ => 7445 };
var webPort = new Option<int>("--web-port") { Description = "Port of the web interface and the REST API (HTTPS); 0: none.", DefaultValueFactory = _ => 7448 };
var systemNamespace = new Option<string>("--namespace") { Description = "Namespace Tonari is installed in.", DefaultValueFactory = _ => WellKnown.SystemNamespace };
var kubeconfig = new Option<string?>("--kubeconfig") { Description = "Kubeconfig file, for a controller that runs outside its cluster." };
var oidc = new OidcFlags();

foreach (var port in (Option<int>[])[peerPort, metricsPort])
    port.Validators.Add(result => Demand(result, text => IsPort(text, 1), "is no port, a number from 1 to 65535"));
webPort.Validators.Add(result => Demand(result, text => IsPort(text, 0), "is no port, a number from 1 to 65535, or 0"));
systemNamespace.Validators.Add(result => Demand(result, NameForms.IsLabel, "is no name that a namespace can have"));

var root = new RootCommand("Tonari's controller: keeps applications replicated to the neighbouring cluster.")
{
    clusterName, peerEndpoint, peerPort, metricsPort, webPort, systemNamespace, kubeconfig,
};
foreach (var flag in oidc.All)
    root.Options.Add(flag);
root.SetAction(async (parsed, ct) =>
{
    OidcOptions? issuer;
    try
    {
        issuer = oidc.Read(parsed);
    }
    catch (ArgumentException e)
    {
        await Console.Error.WriteLineAsync(e.Message);
        return 1;
    }
    var options = new ControllerOptions(
        parsed.GetRequiredValue(clusterName), parsed.GetRequiredValue(peerEndpoint), parsed.GetRequiredValue(peerPort), parsed.GetRequiredValue(metricsPort),
        parsed.GetRequiredValue(webPort), parsed.GetRequiredValue(systemNamespace))
    {
        Oidc = issuer,
    };
    try
    {
        using var api = parsed.GetValue(kubeconfig) is { } file
            ? KubernetesApi.FromKubeconfig(file, null, TimeProvider.System)
            : KubernetesApi.Default(TimeProvider.System);
        return await ControllerHost.RunAsync(options, api, ct);
    }
    catch (KubeConfigException e)
    {
        await Console.Error.WriteLineAsync($"This program runs in a cluster, or with a kubeconfig (--kubeconfig): {e.Message}.");
        return 1;
    }
});
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });

static void Demand(OptionResult result, Func<string, bool> valid, string why)
{
    if (result.Tokens is [{ Value: var value }] && !valid(value))
        result.AddError($"{result.Option.Name}: '{value}' {why}.");
}

static bool IsPort(string text, int least) => ushort.TryParse(text, NumberStyles.None, null, out var port) && port >= least;
