using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using k8s.Exceptions;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Freezing;
using Tonari.Node.Hosting;

var nodeName = new Option<string>("--node-name") { Description = "Name of this Kubernetes node.", Required = true };
var kubeletDir = new Option<string>("--kubelet-dir") { Description = "Kubelet's root directory.", DefaultValueFactory = _ => "/var/lib/kubelet" };
var poolsDir = new Option<string>("--pools-dir") { Description = "Directory whose mounted subdirectories are the storage pools.", DefaultValueFactory = _ => "/var/lib/tonari/pools" };
var agentAddress = new Option<IPEndPoint>("--agent-address")
{
    Description = "ADDRESS:PORT of this node under which the controller reaches the agent.",
    Required = true,
    CustomParser = result => IPEndPoint.TryParse(result.Tokens[0].Value, out var address) && address.Port > 0 ? address : Refuse(result, "--agent-address", "is not an IP address and port"),
};
var healthPort = new Option<int>("--health-port") { Description = "Port of /healthz, /readyz and /metrics.", DefaultValueFactory = _ => 7446 };
var systemNamespace = new Option<string>("--namespace") { Description = "Namespace Tonari is installed in.", DefaultValueFactory = _ => WellKnown.SystemNamespace };

nodeName.Validators.Add(result => Demand(result, NameForms.IsSubdomain, "is no name that a node can have"));
kubeletDir.Validators.Add(result => Demand(result, IsDirectory, "is no absolute path"));
poolsDir.Validators.Add(result => Demand(result, IsDirectory, "is no absolute path"));
healthPort.Validators.Add(result => Demand(result, IsPort, "is no port, a number from 1 to 65535"));
systemNamespace.Validators.Add(result => Demand(result, NameForms.IsLabel, "is no name that a namespace can have"));

var guard = new Command(GuardCommand.Verb, "Thaws filesystems when the agent that froze them is gone. Started by the agent.");
guard.SetAction((_, _) => FreezeGuard.RunProcessAsync());

var alone = new Command("csi", "Serves CSI alone, without a cluster, from every pool that is mounted below the pools directory. For conformance suites such as csi-sanity.")
{
    nodeName, kubeletDir, poolsDir,
};
alone.SetAction((parsed, ct) => NodeHost.RunAloneAsync(
    new NodeOptions(
        parsed.GetRequiredValue(nodeName), parsed.GetRequiredValue(kubeletDir), parsed.GetRequiredValue(poolsDir), new IPEndPoint(IPAddress.None, 0), 0,
        WellKnown.SystemNamespace),
    ct));

var root = new RootCommand("Tonari's node agent: CSI driver, storage pools, snapshots and transfers of this node.")
{
    nodeName, kubeletDir, poolsDir, agentAddress, healthPort, systemNamespace, guard, alone,
};
root.SetAction(async (parsed, ct) =>
{
    var options = new NodeOptions(
        parsed.GetRequiredValue(nodeName), parsed.GetRequiredValue(kubeletDir), parsed.GetRequiredValue(poolsDir), parsed.GetRequiredValue(agentAddress),
        parsed.GetRequiredValue(healthPort), parsed.GetRequiredValue(systemNamespace));
    try
    {
        using var api = KubernetesApi.Default(TimeProvider.System);
        return await NodeHost.RunAsync(options, api, ct);
    }
    catch (KubeConfigException error)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(
            $"This program runs in a cluster, or with a KUBECONFIG: {error.Message}. To serve CSI without a cluster: tonari-node csi --help");
        return 1;
    }
});
// A guard outlives the signals that end the agent (and its children's terminal), so signals must not end the invocation.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = args is [GuardCommand.Verb, ..] ? null : TimeSpan.FromSeconds(20) });

static bool IsDirectory(string text) => text.StartsWith('/') && !text.Any(char.IsControl);

static bool IsPort(string text) => ushort.TryParse(text, NumberStyles.None, null, out var port) && port > 0;

static void Demand(OptionResult result, Func<string, bool> valid, string why)
{
    if (result.Tokens is [{ Value: var value }] && !valid(value))
        result.AddError($"{result.Option.Name}: '{value}' {why}.");
}

static IPEndPoint Refuse(ArgumentResult result, string option, string why)
{
    result.AddError($"{option}: '{result.Tokens[0].Value}' {why}.");
    return new IPEndPoint(IPAddress.Loopback, 0);
}
