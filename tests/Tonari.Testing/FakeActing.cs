using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Testing;

/// <summary>The part of the API server in memory that is asked in users' names.</summary>
public sealed partial class FakeKubernetesApi
{
    // Flows with the request, and only with it.
    private readonly AsyncLocal<ApiUser?> _acting = new();

    /// <inheritdoc/>
    public IKubernetesApi As(ApiUser user) => new Acting(this, user);

    private sealed class Acting(FakeKubernetesApi api, ApiUser user) : IKubernetesApi
    {
        public IKubernetesApi As(ApiUser other) => api.As(other);

        public Task<JsonObject> GetAsync(ResourceKind kind, string? ns, string name, CancellationToken ct) => Run(() => api.GetAsync(kind, ns, name, ct));

        public Task<ObjectList> ListAsync(ResourceKind kind, string? ns, ListOptions options, CancellationToken ct) =>
            Run(() => api.ListAsync(kind, ns, options, ct));

        public IAsyncEnumerable<WatchEvent> WatchAsync(ResourceKind kind, string? ns, WatchOptions options, CancellationToken ct) =>
            throw new NotSupportedException("Nobody watches in a user's name.");

        public Task<JsonObject> CreateAsync(ResourceKind kind, JsonObject value, CancellationToken ct) => Run(() => api.CreateAsync(kind, value, ct));

        public Task<JsonObject> ReplaceAsync(ResourceKind kind, JsonObject value, string? subresource, CancellationToken ct) =>
            Run(() => api.ReplaceAsync(kind, value, subresource, ct));

        public Task<JsonObject> PatchAsync(ResourceKind kind, string? ns, string name, ObjectPatch patch, string? subresource, CancellationToken ct) =>
            Run(() => api.PatchAsync(kind, ns, name, patch, subresource, ct));

        public Task DeleteAsync(ResourceKind kind, string? ns, string name, DeleteOptions options, CancellationToken ct) => Run(async () =>
        {
            await api.DeleteAsync(kind, ns, name, options, ct);
            return 0;
        });

        public Task<ApiDiscovery> DiscoverAsync(bool refresh, CancellationToken ct) => api.DiscoverAsync(refresh, ct);

        public Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken ct) =>
            throw new NotSupportedException("Commands in containers are run in nobody's name.");

        private async Task<T> Run<T>(Func<Task<T>> action)
        {
            api._acting.Value = user;
            return await action();
        }
    }
}
