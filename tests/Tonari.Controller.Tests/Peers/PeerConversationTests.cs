using System.Collections.Concurrent;
using System.Globalization;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Tests.Mirrors.Steps;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Peers;

/// <summary>What is exchanged with a neighbour, and when, with many mirrors.</summary>
public sealed class PeerConversationTests : IPeerClients, IMirrorStore, IAsyncLifetime
{
    private const int Many = 120;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<ExchangeRequest> _heard = new();
    private readonly FakePeer _peer = new();
    private readonly AppMirror[] _mirrors = [.. Enumerable.Range(0, Many).Select(n => Mirror(n, new MirrorStatus { Role = MirrorRole.Primary, Epoch = 1 }))];
    private readonly PeerConversation _conversation;
    private Task _run = Task.CompletedTask;

    public PeerConversationTests()
    {
        _peer.OnExchange = request =>
        {
            _heard.Enqueue(request);
            return new ExchangeResponse();
        };
        var views = new PeerViews(_time);
        _conversation = new PeerConversation(
            "green", this, this, new ExchangeBook(this, views, NullLogger<ExchangeBook>.Instance), views,
            new PeerStatusWriter(new FakeKubernetesApi(_time), _time, NullLogger<PeerStatusWriter>.Instance), _time, NullLogger<PeerConversation>.Instance);
    }

    /// <inheritdoc/>
    public event Action<AppMirror>? Changed;

    /// <inheritdoc/>
    public IReadOnlyList<AppMirror> All
    {
        get
        {
            lock (_mirrors)
                return [.. _mirrors];
        }
    }

    public ValueTask InitializeAsync()
    {
        Changed += _conversation.Nudge;
        _run = _conversation.RunAsync(_end.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    [Fact]
    public async Task Everything_is_said_in_messages_of_bounded_size()
    {
        await Eventually.TrueAsync(() => Said().Count >= Many, "everything to be said");

        _heard.Take(3).Select(r => r.Mirrors.Count).ShouldBe([50, 50, 20]);
        Said().Take(Many).Select(v => v.MirrorId).Distinct().Count().ShouldBe(Many);
    }

    [Fact]
    public async Task What_has_changed_is_said_at_once_and_nothing_else_with_it()
    {
        await RestAsync();

        Change(7, new MirrorStatus { Role = MirrorRole.Fenced, Epoch = 1 });
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "the change to be said", _time, TimeSpan.FromMilliseconds(50));

        Said().ShouldHaveSingleItem().Role.ShouldBe("Fenced");
    }

    [Fact]
    public async Task A_change_that_a_neighbour_would_not_see_is_not_said()
    {
        await RestAsync();

        Change(7, new MirrorStatus { Role = MirrorRole.Primary, Epoch = 1, Retries = [new MirrorRetry("pull", 1, _time.GetUtcNow(), "No.")] });
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "the next round", _time, TimeSpan.FromMilliseconds(50));

        _heard.First().Mirrors.Count.ShouldBe(PeerLimits.MirrorsPerExchange, "the next thing said is the round that says everything");
    }

    [Fact]
    public async Task A_mirror_with_something_going_on_is_spoken_of_every_second_and_the_others_are_left_in_peace()
    {
        await RestAsync();
        Change(3, new MirrorStatus { Role = MirrorRole.Unassigned });
        await Eventually.TrueAsync(() => _heard.Count >= 2, "it to be spoken of twice", _time, TimeSpan.FromMilliseconds(50));

        Said().Take(2).ShouldAllBe(v => v.MirrorId == Id(3));
    }

    IPeerClient IPeerClients.For(string peerName) => _peer;

    Task<AppMirror?> IMirrorStore.UpdateAsync(string @namespace, string name, Func<AppMirror, MirrorStatus, MirrorStatus?> change, CancellationToken ct) =>
        throw new NotSupportedException();

    /// <summary>Everything was said once, and what follows is counted anew.</summary>
    private async Task RestAsync()
    {
        await Eventually.TrueAsync(() => Said().Count == Many, "everything to be said");
        _heard.Clear();
    }

    private void Change(int number, MirrorStatus status)
    {
        lock (_mirrors)
            _mirrors[number] = Mirror(number, status);
        Changed?.Invoke(_mirrors[number]);
    }

    private List<MirrorView> Said() => [.. _heard.SelectMany(r => r.Mirrors)];

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"mirror{number:0000}");

    private static AppMirror Mirror(int number, MirrorStatus status) => new()
    {
        Metadata = new V1ObjectMeta { Name = Id(number), NamespaceProperty = "shop", Uid = Id(number) },
        Spec = new AppMirrorSpec { Application = "shop", Peer = "green", MirrorId = Id(number) },
        Status = new AppMirrorStatus { Mirror = status },
    };
}
