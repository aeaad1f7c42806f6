using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tonari.Controller.Agents;
using Tonari.Controller.Preflight;
using Tonari.Controller.Snapshots;
using Tonari.Kubernetes.Identity;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Tests.Support;

/// <summary>An agent that only hands out deltas, over TLS and HTTP/2 as the real one does.</summary>
internal sealed class TestAgents : IAgentDirectory, IAsyncDisposable
{
    private readonly ClusterIdentity _identity = ClusterIdentity.Make("agent", TimeProvider.System.GetUtcNow());
    private WebApplication? _app;
    private AgentConnection? _connection;

    /// <summary>Every path and query asked for.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Starts to answer with what the test writes.</summary>
    public async Task StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(
            IPAddress.Loopback,
            0,
            l =>
            {
                l.Protocols = HttpProtocols.Http1AndHttp2;
                l.UseHttps(_identity.Certificate);
            }));
        _app = builder.Build();
        _app.Run(context =>
        {
            lock (Asked)
                Asked.Add(context.Request.Path + context.Request.QueryString);
            return answer(context);
        });
        await _app.StartAsync();
        var endpoint = new Uri(_app.Urls.Single()).Authority;
        _connection = new AgentConnection(
            endpoint, "node", null!, new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = PinnedTls.ClientOptions(_identity, _identity.Fingerprint) }));
    }

    /// <summary>Answers questions where nothing was started.</summary>
    public Agent.AgentClient? Client { get; set; }

    public AgentConnection Find(string pool) => _connection ?? (Client is { } client ? new AgentConnection("agent:1", "node", client, null!) : null) ?? throw new AgentUnavailableException($"There is no agent for {pool}.");

    public async ValueTask DisposeAsync()
    {
        _connection?.Http.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        _identity.Certificate.Dispose();
    }
}

/// <summary>Takes every snapshot asked for.</summary>
internal sealed class TestSnapshots : IGroupSnapshotService
{
    public List<string> Taken { get; } = [];

    /// <summary>The one that no other was to follow.</summary>
    public string? Last { get; private set; }

    public List<string> Undone { get; } = [];

    /// <summary>Runs while a snapshot is being taken; is told when the caller leaves.</summary>
    public Func<CancellationToken, Task>? Meanwhile { get; set; }

    public async Task<TakenGroup> TakeAsync(WantedGroup wanted, CancellationToken ct)
    {
        Taken.Add(wanted.Name);
        Last = wanted.IsLast ? wanted.Name : Last;
        if (Meanwhile is not null)
            await Meanwhile(ct);
        return new TakenGroup(
            "blue-main", DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(7), [new TakenVolume("shop", "data", "pvc-1", 2048, "tonari")], 99, []);
    }

    public Task UndoAsync(string pool, string snapshot)
    {
        Undone.Add($"{pool} {snapshot}");
        return Task.CompletedTask;
    }

    public Task DeleteForgottenAsync(string pool, string mirrorId, string newest, MirrorStatus status) => Task.CompletedTask;
}

/// <summary>Finds what the test says.</summary>
internal sealed class TestPreflight : IPreflight
{
    public PreflightResult Result { get; set; } = new([], []);

    public Task<PreflightResult> RunAsync(PreflightQuestion question, CancellationToken ct) => Task.FromResult(Result);
}
