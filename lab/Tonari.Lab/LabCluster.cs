using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>One of the lab's clusters, as its administrator sees it: kubectl and the API.</summary>
public sealed class LabCluster : IDisposable
{
    private static readonly TimeSpan KubectlLimit = TimeSpan.FromMinutes(3);
    private readonly Kubernetes api;

    /// <summary>Opens a cluster that is up.</summary>
    /// <param name="name"><c>blue</c> or <c>green</c>.</param>
    public LabCluster(string name)
    {
        Name = name;
        Kubeconfig = Path.Combine(Folder, "admin.kubeconfig");
        if (!File.Exists(Kubeconfig)) throw new InvalidOperationException($"Cluster {name} is not up; start it with lab/up.sh.");
        api = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig));
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The address of its node, under which NodePorts answer.</summary>
    public string NodeAddress => Name == "blue" ? "10.231.1.2" : "10.232.1.2";

    /// <summary>Where its web interface and its REST API answer, to this machine.</summary>
    public Uri WebAddress => new($"https://{NodeAddress}:7448");

    /// <summary>The administrator's kubeconfig.</summary>
    public string Kubeconfig { get; }

    /// <summary>Its folder on this machine.</summary>
    public string Folder => Path.Combine(LabPaths.Running, Name);

    /// <summary>The directory of its pool.</summary>
    public string PoolPath => Path.Combine(Folder, "pools", "main");

    /// <summary>The StoragePool that stands for <see cref="PoolPath"/>.</summary>
    public string PoolName => Name + "-main";

    /// <summary>Runs kubectl and expects success.</summary>
    /// <returns>Its standard output.</returns>
    public async Task<string> KubectlAsync(CancellationToken ct, params IReadOnlyList<string> arguments) =>
        (await TryKubectlAsync(arguments, null, ct)).Succeeded().Output;

    /// <summary>Runs kubectl, whatever comes of it.</summary>
    public Task<ProgramRun> TryKubectlAsync(IReadOnlyList<string> arguments, string? input, CancellationToken ct) =>
        ProgramRun.OfAsync(LabPaths.Script("kubectl"), [Name, .. arguments], KubectlLimit, ct, input);

    /// <summary>Applies a manifest.</summary>
    public async Task ApplyAsync(string yaml, CancellationToken ct) =>
        (await TryKubectlAsync(["apply", "-f", "-"], yaml, ct)).Succeeded();

    /// <summary>Runs a command in a container and returns what it wrote.</summary>
    public async Task<string> ExecAsync(string ns, string pod, CancellationToken ct, params IReadOnlyList<string> command) =>
        await KubectlAsync(ct, ["-n", ns, "exec", pod, "--", .. command]);

    /// <summary>Reads one object or a list; null where there is none.</summary>
    /// <param name="path">Path on the API server, e.g. <c>/api/v1/namespaces/shop</c>.</param>
    /// <param name="ct">Ends the request.</param>
    public async Task<JsonObject?> GetAsync(string path, CancellationToken ct)
    {
        using var response = await api.HttpClient.GetAsync(new Uri(api.BaseUri, path), ct);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(ct))!.AsObject();
    }

    /// <summary>Reads what is no object, e.g. the metrics of a pod.</summary>
    public Task<string> TextAsync(string path, CancellationToken ct) => api.HttpClient.GetStringAsync(new Uri(api.BaseUri, path), ct);

    /// <summary>Creates an object.</summary>
    /// <param name="path">Path of its collection.</param>
    /// <param name="value">The object.</param>
    /// <param name="ct">Ends the request.</param>
    public async Task CreateAsync(string path, JsonObject value, CancellationToken ct)
    {
        using var body = new StringContent(value.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await api.HttpClient.PostAsync(new Uri(api.BaseUri, path), body, ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Deletes an object; nothing where there is none.</summary>
    public async Task DeleteAsync(string path, CancellationToken ct)
    {
        using var response = await api.HttpClient.DeleteAsync(new Uri(api.BaseUri, path), ct);
        if (response.StatusCode != HttpStatusCode.NotFound) response.EnsureSuccessStatusCode();
    }

    /// <summary>The items of a list; none where the kind does not exist.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string path, CancellationToken ct) =>
        await GetAsync(path, ct) is { } list ? [.. list["items"]!.AsArray().Select(item => item!.AsObject())] : [];

    /// <summary>Waits until every replica of a workload is ready.</summary>
    public async Task RolledOutAsync(string ns, string workload, TimeSpan limit, CancellationToken ct) =>
        await KubectlAsync(ct, "-n", ns, "rollout", "status", workload, $"--timeout={limit.TotalSeconds:0}s");

    /// <inheritdoc/>
    public void Dispose() => api.Dispose();
}
