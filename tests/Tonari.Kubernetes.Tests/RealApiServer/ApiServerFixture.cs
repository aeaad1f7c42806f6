using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Tests.Schema;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.RealApiServer;

[CollectionDefinition(Name)]
public sealed class UsesRealApiServer : ICollectionFixture<ApiServerFixture>
{
    public const string Name = "a real API server";
}

/// <summary>etcd and kube-apiserver on loopback, on free ports, with Tonari's CRDs. No controllers, no kubelet.</summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private const string AdminToken = "admin-token";
    private const string NobodyToken = "nobody-token";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("tonari-apiserver-").FullName;
    private readonly List<Process> _processes = [];
    private KubernetesApi? _api;

    public int Port { get; private set; }

    public KubernetesApi Api => _api!;

    public KubernetesApi Connect(int port) => Connect(port, AdminToken);

    public KubernetesApi ConnectAsNobody() => Connect(Port, NobodyToken);

    public async ValueTask InitializeAsync()
    {
        var binaries = FindBinaries();
        int etcdPort = FreePort(), etcdPeerPort = FreePort();
        Port = FreePort();
        Start(Path.Combine(binaries, "etcd") is var own && File.Exists(own) ? own : "etcd",
            "--data-dir", Path.Combine(_folder, "etcd"), "--unsafe-no-fsync", "--logger", "zap", "--log-level", "error",
            "--listen-client-urls", $"http://127.0.0.1:{etcdPort}", "--advertise-client-urls", $"http://127.0.0.1:{etcdPort}",
            "--listen-peer-urls", $"http://127.0.0.1:{etcdPeerPort}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{etcdPeerPort}",
            "--initial-cluster", $"default=http://127.0.0.1:{etcdPeerPort}");

        var tokens = Path.Combine(_folder, "tokens.csv");
        await File.WriteAllTextAsync(tokens, $"{AdminToken},admin,1,\"system:masters\"\n{NobodyToken},nobody,2\n");
        var key = Path.Combine(_folder, "sa.key");
        using (var rsa = RSA.Create(2048))
            await File.WriteAllTextAsync(key, rsa.ExportRSAPrivateKeyPem());
        Start(Path.Combine(binaries, "kube-apiserver"),
            "--etcd-servers", $"http://127.0.0.1:{etcdPort}", "--bind-address", "127.0.0.1", "--secure-port", $"{Port}",
            "--cert-dir", Path.Combine(_folder, "certs"), "--token-auth-file", tokens, "--authorization-mode", "RBAC",
            "--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount",
            "--service-account-issuer", "https://tonari.test", "--service-account-key-file", key, "--service-account-signing-key-file", key);
        _api = Connect(Port);
        await AwaitAsync(async () =>
        {
            await Api.DiscoverAsync(refresh: true, CancellationToken.None);
            await Api.GetAsync(ResourceKind.Of<k8s.Models.V1Namespace>(), null, "default", CancellationToken.None);
            return true;
        }, "the API server to answer");
        await InstallDefinitionsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Waits until something can be done, and returns what came of it.</summary>
    public async Task<T> AwaitAsync<T>(Func<Task<T>> action, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await action();
            }
            catch (KubernetesApiException e)
            {
                if (_processes.FirstOrDefault(p => p.HasExited) is { } ended)
                    throw new InvalidOperationException($"{ended.StartInfo.FileName} ended with {ended.ExitCode}; its output is in {_folder}.");
                if (TimeProvider.System.GetElapsedTime(started) > StartPatience)
                    throw new TimeoutException($"Waited in vain for {what}: {e.Message}", e);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private async Task InstallDefinitionsAsync()
    {
        foreach (var file in Directory.GetFiles(CrdFileTests.Folder(), "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml"))
        {
            foreach (var definition in YamlJson.ParseAll(await File.ReadAllTextAsync(file)))
            {
                var kind = (await Api.DiscoverAsync(refresh: false, CancellationToken.None)).Find("apiextensions.k8s.io", "CustomResourceDefinition")!;
                await Api.CreateAsync(kind, definition, CancellationToken.None);
            }
        }
        await AwaitAsync(() => Api.ListAsync<Kubernetes.Resources.AppMirror>(null, CancellationToken.None), "the kinds to be served");
        await AwaitAsync(() => Api.ListAsync<Kubernetes.Resources.StoragePool>(null, CancellationToken.None), "the kinds to be served");
        await Api.DiscoverAsync(refresh: true, CancellationToken.None);
    }

    private KubernetesApi Connect(int port, string token)
    {
        var file = Path.Combine(_folder, $"kubeconfig-{port}-{token}");
        File.WriteAllText(file, $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [ { name: test, context: { cluster: test, user: test } } ]
            clusters: [ { name: test, cluster: { server: "https://127.0.0.1:{{port}}", insecure-skip-tls-verify: true } } ]
            users: [ { name: test, user: { token: "{{token}}" } } ]
            """);
        return KubernetesApi.FromKubeconfig(file, null, TimeProvider.System);
    }

    private void Start(string program, params string[] arguments)
    {
        var log = Path.Combine(_folder, Path.GetFileName(program) + ".log");
        // Through a shell for the redirection alone; exec keeps the process id.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", log, program, .. arguments]) { WorkingDirectory = _folder };
        _processes.Add(Process.Start(start)!);
    }

    private static string FindBinaries()
    {
        var cache = Environment.GetEnvironmentVariable("TONARI_CACHE")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "tonari");
        var folders = Environment.GetEnvironmentVariable("KUBE_BIN") is { Length: > 0 } given
            ? [given]
            : Directory.Exists(cache) ? Directory.GetDirectories(cache, "kubernetes-*").OrderByDescending(Directory.GetLastWriteTimeUtc).ToArray() : [];
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "kube-apiserver")))
            ?? throw new FileNotFoundException(
                $"There is no kube-apiserver below {cache} (nor in KUBE_BIN). Run lab/kubernetes/build.sh once; it takes a few minutes.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
