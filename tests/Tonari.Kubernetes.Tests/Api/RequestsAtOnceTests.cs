using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Api;

public sealed class RequestsAtOnceTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_server_is_not_asked_more_at_once_and_still_hears_who_leads()
    {
        await using var server = new SlowServer();
        using var api = server.Connect();

        var many = Enumerable.Range(0, 200).Select(n => api.FindAsync<V1ConfigMap>("shop", $"settings-{n}", Ct)).ToList();
        await Eventually.TrueAsync(() => server.Waiting == ApiLimits.RequestsAtOnce, "the server to have as much to do as it may");
        var lease = api.FindAsync<V1Lease>("tonari-system", "tonari-controller", Ct);
        await Eventually.TrueAsync(() => server.Waiting == ApiLimits.RequestsAtOnce + 1, "the lease to be asked for all the same");

        server.Answer();
        (await Task.WhenAll(many)).ShouldAllBe(found => found == null);
        (await lease).ShouldBeNull();
        server.Most.ShouldBe(ApiLimits.RequestsAtOnce + 1);
    }

    /// <summary>Has nothing, and says so when it is told to.</summary>
    private sealed class SlowServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly TaskCompletionSource _mayAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _serving;
        private readonly string _address;
        private int _waiting;
        private int _most;

        public SlowServer()
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                _address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
            }
            _listener.Prefixes.Add(_address + "/");
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Waiting => Volatile.Read(ref _waiting);

        public int Most => Volatile.Read(ref _most);

        public void Answer() => _mayAnswer.SetResult();

        public KubernetesApi Connect()
        {
            var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            File.WriteAllText(file, $$$"""
                apiVersion: v1
                kind: Config
                current-context: slow
                contexts: [{name: slow, context: {cluster: slow}}]
                clusters: [{name: slow, cluster: {server: "{{{_address}}}"}}]
                """);
            try
            {
                return KubernetesApi.FromKubeconfig(file, null, TimeProvider.System);
            }
            finally
            {
                File.Delete(file);
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _listener.Close();
        }

        private async Task ServeAsync()
        {
            while (true)
                _ = AnswerAsync(await _listener.GetContextAsync());
        }

        private async Task AnswerAsync(HttpListenerContext context)
        {
            var waiting = Interlocked.Increment(ref _waiting);
            InterlockedMax(ref _most, waiting);
            await _mayAnswer.Task;
            Interlocked.Decrement(ref _waiting);
            context.Response.StatusCode = (int)HttpStatusCode.NotFound;
            context.Response.Close();
        }

        private static void InterlockedMax(ref int most, int value)
        {
            for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
            {
                if (Interlocked.CompareExchange(ref most, value, seen) == seen)
                    return;
            }
        }
    }
}
