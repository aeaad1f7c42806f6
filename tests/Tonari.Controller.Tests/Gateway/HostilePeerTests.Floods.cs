using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Tonari.Controller.Peers;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Identity;
using Tonari.Rpc.Peer;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Gateway;

public sealed partial class HostilePeerTests
{
    [Fact]
    public async Task An_application_is_not_snapshotted_without_end()
    {
        _blue.Mirror("green");
        for (var i = 1; i <= PeerLimits.MostSnapshots; i++)
            await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s{i}", false, Ct);

        (await Should.ThrowAsync<PeerUnreachableException>(() => Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s99", false, Ct))).Message.ShouldContain("too often");
        await Blue.RequestSnapshotAsync(Id, 2, $"m-{Id}-e2-s1", false, Ct);

        _blue.Snapshots.Taken.Distinct().Count().ShouldBe(PeerLimits.MostSnapshots);
    }

    [Fact]
    public async Task Only_exchanges_and_preflights_may_be_long_and_a_stranger_nothing()
    {
        _blue.Mirror("green");
        var hold = new HoldRequest { MirrorId = Id, OperationId = new string('x', PeerLimits.LargestSmallMessage) };
        (await Should.ThrowAsync<RpcException>(async () => await Raw().HoldAsync(hold, cancellationToken: Ct))).Status.Detail.ShouldContain("at most");
        await Blue.ExchangeAsync(new ExchangeRequest { Mirrors = { new MirrorView { MirrorId = new string('x', PeerLimits.LargestSmallMessage) } } }, Ct);

        var stranger = ClusterIdentity.Make("stranger", TimeProvider.System.GetUtcNow());
        var exchange = new ExchangeRequest { Mirrors = { new MirrorView { MirrorId = new string('x', PeerLimits.LargestSmallMessage) } } };
        await Should.ThrowAsync<RpcException>(async () => await new Peer.PeerClient(_blue.ChannelAs(stranger)).ExchangeAsync(exchange, cancellationToken: Ct));
        var join = new JoinRequest { Secret = new string('x', PeerLimits.LargestSmallMessage) };

        // It is told so, or cut off while it still sends: which of the two it sees first is up to the network.
        (await Should.ThrowAsync<RpcException>(async () => await new Rpc.Peer.Pairing.PairingClient(_blue.ChannelAs(stranger)).JoinAsync(join, cancellationToken: Ct)))
            .StatusCode.ShouldBeOneOf(StatusCode.ResourceExhausted, StatusCode.Unknown);
    }

    [Fact]
    public async Task Connections_of_strangers_keep_no_neighbour_out()
    {
        const int beyond = 10;
        var stranger = ClusterIdentity.Make("stranger", TimeProvider.System.GetUtcNow());
        var connections = new List<SslStream>();
        try
        {
            for (var i = 0; i < PeerLimits.MostStrangers + beyond; i++)
            {
                var socket = new TcpClient();
                await socket.ConnectAsync(IPEndPoint.Parse(_blue.Self.Endpoint), Ct);
                var tls = new SslStream(socket.GetStream());
                connections.Add(tls);
                await tls.AuthenticateAsClientAsync(PinnedTls.ClientOptions(stranger, _blue.Identity.Fingerprint), Ct);
            }
            var ends = connections.Select(async tls =>
            {
                try
                {
                    return await tls.ReadAsync(new byte[1], Ct) == 0;
                }
                catch (IOException)
                {
                    return true;
                }
            }).ToList();

            await Eventually.TrueAsync(() => ends.Count(end => end.IsCompleted) == beyond, "those beyond the bound are closed");
            (await Blue.HelloAsync(Ct)).ClusterName.ShouldBe("blue");
            ends.Count(end => end.IsCompleted).ShouldBe(beyond);
        }
        finally
        {
            connections.ForEach(tls => tls.Dispose());
        }
    }

    [Fact]
    public async Task One_neighbours_deltas_are_bounded_and_the_others_are_served_meanwhile()
    {
        await using var red = await TestCluster.StartAsync("red", Ct);
        _blue.Knows(red);
        red.Knows(_blue);
        _blue.Mirror("green");
        var arrived = 0;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _blue.Agents.StartAsync(async context =>
        {
            Interlocked.Increment(ref arrived);
            await go.Task;
            await context.Response.WriteAsync("delta", Ct);
        });
        using var http = _blue.HttpAs(_green.Identity);
        var path = $"/v1/mirrors/{Id}/volumes/shop%2Fdata/delta?to=m-{Id}-e2-s1";

        var running = Enumerable.Range(0, PeerLimits.MostDeltas).Select(_ => http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Ct)).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref arrived) == PeerLimits.MostDeltas, "all of them have reached the agent");
        using var refused = await http.GetAsync(path, Ct);

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await refused.Content.ReadAsStringAsync(Ct)).ShouldContain("Try again");
        (await red.Clients.For("blue").HelloAsync(Ct)).ClusterName.ShouldBe("blue");
        go.SetResult();
        foreach (var answer in await Task.WhenAll(running))
            answer.Dispose();
    }
}
