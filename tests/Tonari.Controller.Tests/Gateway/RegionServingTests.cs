using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Tonari.Controller.Peers;
using Tonari.Controller.Tests.Support;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Tests.Gateway;

/// <summary>A primary hands out digests of its own copy, to its secondary alone and never many at a time.</summary>
public sealed class RegionServingTests : TwoClusters
{
    private const string Name = $"m-{Id}-e2-s1";
    private readonly DigestAgent _agent = new();

    private protected override void Prepare()
    {
        _blue.Knows(_green);
        _blue.Agents.Client = _agent;
    }

    private protected override void End() => _agent.Messages.Writer.TryComplete();

    [Fact]
    public async Task What_the_agent_reads_arrives_as_it_is_read()
    {
        _blue.Mirror("green");
        await using var digests = Ask().GetAsyncEnumerator(Ct);
        _agent.Messages.Writer.TryWrite(new RegionDigests { First = 7, Digests = ByteString.CopyFrom(new byte[32]), BytesRead = 5 });
        (await digests.MoveNextAsync()).ShouldBeTrue();
        (digests.Current.First, digests.Current.Digests.Length, digests.Current.BytesRead).ShouldBe((7, 32, 5));
        _agent.Messages.Writer.TryWrite(new RegionDigests { Summary = new RegionSummary { SizeBytes = 1, Digest = "a", Recorded = "b" } });
        _agent.Messages.Writer.TryComplete();
        (await digests.MoveNextAsync()).ShouldBeTrue();
        digests.Current.Summary.Recorded.ShouldBe("b");
        (await digests.MoveNextAsync()).ShouldBeFalse();
        _agent.Asked.ShouldBe([$"blue-main pvc-1 {Name}"]);
    }

    [Theory]
    [InlineData("shop/other", Name, MirrorLimits.RegionBytes)]
    [InlineData("shop/data", "m-bbbbbbbbbb-e2-s1", MirrorLimits.RegionBytes)]
    [InlineData("shop/data", "diverged-aaaaaaaaaa-e1-1", MirrorLimits.RegionBytes)]
    [InlineData("shop/data", Name, 4096)]
    public async Task Only_what_belongs_to_the_mirror_is_read(string key, string snapshot, long regionBytes)
    {
        _blue.Mirror("green");
        await Should.ThrowAsync<PeerException>(() => FirstAsync(Ask(key, snapshot, regionBytes)));
        _agent.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_an_undisputed_primary_is_read()
    {
        _blue.Mirror("green", but: status => status with { HighestEpochSeen = 3 });
        (await Should.ThrowAsync<PeerRefusedException>(() => FirstAsync(Ask()))).Reason.ShouldBe(PeerRefusal.State);
        _agent.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_has_the_disk_read_many_times_at_once()
    {
        _blue.Mirror("green");
        _agent.Opening = new RegionDigests { BytesRead = 1 };
        var running = new List<IAsyncEnumerator<RegionDigests>>();
        for (var i = 0; i < 2; i++)
        {
            running.Add(Ask().GetAsyncEnumerator(Ct));
            (await running[i].MoveNextAsync()).ShouldBeTrue();
        }

        (await Should.ThrowAsync<PeerRefusedException>(() => FirstAsync(Ask()))).Reason.ShouldBe(PeerRefusal.Request);
        _agent.Opening = null;
        _agent.Messages.Writer.TryComplete();
        foreach (var enumerator in running)
        {
            (await enumerator.MoveNextAsync()).ShouldBeFalse();
            await enumerator.DisposeAsync();
        }

        (await FirstAsync(Ask())).ShouldBeFalse("there is room again");
    }

    private static async Task<bool> FirstAsync(IAsyncEnumerable<RegionDigests> digests)
    {
        await using var enumerator = digests.GetAsyncEnumerator(Ct);
        return await enumerator.MoveNextAsync();
    }

    private IAsyncEnumerable<RegionDigests> Ask(string key = "shop/data", string snapshot = Name, long regionBytes = MirrorLimits.RegionBytes) =>
        _green.Clients.For("blue").DigestRegionsAsync(Id, key, snapshot, regionBytes, Ct);

    /// <summary>An agent that reads what the test says.</summary>
    private sealed class DigestAgent : Agent.AgentClient
    {
        public Channel<RegionDigests> Messages { get; } = Channel.CreateUnbounded<RegionDigests>();

        /// <summary>The first message of every call.</summary>
        public RegionDigests? Opening { get; set; }

        public List<string> Asked { get; } = [];

        public override AsyncServerStreamingCall<RegionDigests> DigestRegions(DigestRegionsRequest request, CallOptions options)
        {
            Asked.Add($"{request.Pool} {request.VolumeId} {request.Snapshot}");
            return new AsyncServerStreamingCall<RegionDigests>(
                new Reader(Opening, Messages.Reader), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }

    private sealed class Reader(RegionDigests? opening, ChannelReader<RegionDigests> messages) : IAsyncStreamReader<RegionDigests>
    {
        public RegionDigests Current { get; private set; } = new();

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (opening is { } first)
            {
                (Current, opening) = (first, null);
                return true;
            }

            if (!await messages.WaitToReadAsync(cancellationToken) || !messages.TryRead(out var message))
                return false;
            Current = message;
            return true;
        }
    }
}
