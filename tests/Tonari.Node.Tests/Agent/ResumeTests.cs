using System.Text.RegularExpressions;
using Grpc.Core;
using Tonari.Engine;
using Tonari.Kubernetes.Identity;
using Tonari.Node.Hosting;
using Tonari.Rpc.Agent;

namespace Tonari.Node.Tests.Agent;

/// <summary>A pull is broken off in its middle, over real sockets and on real pools: it goes on, little travels twice, and nothing it left can block it.</summary>
public sealed class ResumeTests : TwoAgents
{
    private const string First = "m-aaaaaaaaaa-e1-s1";
    private const string Second = "m-aaaaaaaaaa-e1-s2";
    private const long Size = 96 << 20;
    private const int Filled = 64;
    private const long Window = 16 << 20;
    private CuttingProxy _cable = null!;

    private static VolumeId Id => new(Volume);

    private protected override async Task PrepareAsync()
    {
        _cable = new CuttingProxy(_source.Endpoint);
        await _source.Pool.Volumes.CreateAsync(Id, new ByteCount(Size), Ct);
        await _target.Client().EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "green-main", VolumeId = Volume, SizeBytes = Size });
        await WriteAsync(1);
        await TakeAsync(First);
    }

    private protected override ValueTask EndAsync() => _cable.DisposeAsync();

    [Theory]
    [InlineData("nobody")]
    [InlineData("source")]
    [InlineData("target")]
    [InlineData("both")]
    public async Task What_travels_twice_is_less_than_a_window_whoever_is_replaced(string replaced)
    {
        HashSet<NodeCounters> sources = [_source.Counters];
        HashSet<NodeCounters> targets = [_target.Counters];
        foreach (var part in (long[])[20 << 20, 25 << 20])
        {
            _cable.BreakAfter(part);
            var pull = PullAsync(First);
            await _cable.Broken.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
            (await Should.ThrowAsync<RpcException>(pull)).StatusCode.ShouldBe(StatusCode.Unavailable);
            _cable.BreakAfter(long.MaxValue);
            if (replaced is "source" or "both")
                _source = await _source.ReplaceAsync(_workshop);
            if (replaced is "target" or "both")
                _target = await _target.ReplaceAsync(_workshop);
            sources.Add(_source.Counters);
            targets.Add(_target.Counters);
            _cable.Target = _source.Endpoint;
        }

        var last = (await PullAsync(First))[^1];
        last.Done.ShouldBeTrue();
        var whole = await WholeAsync(First);
        var (received, sent) = (targets.Sum(counters => counters.Received) - whole, sources.Sum(counters => counters.Sent) - whole);
        TestContext.Current.SendDiagnosticMessage($"{replaced} replaced twice: {received} bytes received and {sent} sent more than once of {whole}");
        received.ShouldBeInRange(0, 2 * Window, "two breaks");
        sent.ShouldBeInRange(0, 2 * Window, "two breaks");
        last.WireBytes.ShouldBeGreaterThanOrEqualTo(whole - (2 * Window), "what came earlier counts");
        await ShouldBeEqualAsync(First);
    }

    [Fact]
    public async Task A_receiver_that_is_slow_has_little_under_way_to_it_when_the_connection_breaks()
    {
        var slow = Request(First);
        slow.RateLimitBytesPerSecond = 8 << 20;
        _cable.BreakAfter(30 << 20);
        var pull = PullAsync(slow);

        await _cable.Broken.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        var underWay = _source.Counters.Sent - _target.Counters.Received;

        TestContext.Current.SendDiagnosticMessage($"{underWay} bytes under way");
        underWay.ShouldBeInRange(1, 4 << 20);
        (await Should.ThrowAsync<RpcException>(pull)).StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task A_pull_whose_process_dies_in_the_middle_goes_on_where_it_was()
    {
        var slow = Request(First);
        slow.RateLimitBytesPerSecond = 40 << 20;
        var call = _target.Client().Pull(slow);
        while (await call.ResponseStream.MoveNext(Ct) && call.ResponseStream.Current.BytesDone < 20 << 20)
            call.ResponseStream.Current.Done.ShouldBeFalse();
        _target = await _target.ReplaceAsync(_workshop);
        (await StagingAsync())!.DurableOffset.Value.ShouldBeGreaterThan(0);

        await PullAsync(First);

        var whole = await WholeAsync(First);
        _target.Counters.Received.ShouldBeLessThan(whole - (4 << 20), "the first part did not travel again");
        (_source.Counters.Sent - whole).ShouldBeInRange(0, Window, "sent again");
        await ShouldBeEqualAsync(First);
    }

    [Fact]
    public async Task A_source_that_has_not_opened_its_pool_yet_is_waited_for_and_not_taken_for_one_without_the_snapshot()
    {
        var pool = _source.Catalog.Find("blue-main")!;
        _source.Catalog.Remove("blue-main");

        // The gateway names the pool; without it the agent looks in those it has.
        var refused = await Should.ThrowAsync<HttpRequestException>(() => GetAsync($"https://{_source.Endpoint}/v1/volumes/{Volume}/delta?to={First}&pool=blue-main"));
        refused.StatusCode.ShouldBe(System.Net.HttpStatusCode.ServiceUnavailable);
        var taking = _source.Client().TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = Second, VolumeIds = { Volume } });
        (await Should.ThrowAsync<RpcException>(taking.ResponseAsync)).StatusCode.ShouldBe(StatusCode.Unavailable);

        _source.Catalog.Put(pool);
        (await PullAsync(First))[^1].Done.ShouldBeTrue();
    }

    [Fact]
    public async Task A_resume_point_that_the_source_does_not_know_is_given_up_and_the_next_pull_begins_anew()
    {
        await BreakOffAsync(First);
        var note = Path.Combine(_workshop.Root, "green-main", "volumes", Volume, "staging.json");
        // As an earlier release wrote it: without a seal the lie does not show.
        var text = Regex.Replace(await File.ReadAllTextAsync(note, Ct), ",\\s*\"seal\": \"[0-9a-f]{16}\"", "");
        await File.WriteAllTextAsync(note, Regex.Replace(text, "\"durableOffset\": [0-9]+", "\"durableOffset\": 4398046511104"), Ct);

        (await Should.ThrowAsync<RpcException>(() => PullAsync(First))).StatusCode.ShouldBe(StatusCode.OutOfRange);

        (await StagingAsync()).ShouldBeNull();
        (await PullAsync(First))[^1].Done.ShouldBeTrue();
        await ShouldBeEqualAsync(First);
    }

    [Fact]
    public async Task A_base_that_is_another_snapshot_than_the_sources_makes_everything_travel_instead_of_nothing()
    {
        await PullAsync(First);
        await CommitAsync(First);
        await _source.Pool.Groups.DeleteAsync(new SnapshotName(First), Ct);
        await WriteAsync(2);
        await TakeAsync(First);
        await WriteAsync(3);
        await TakeAsync(Second);
        var request = Request(Second);
        request.From = First;

        (await PullAsync(request))[^1].Done.ShouldBeTrue();

        await ShouldBeEqualAsync(Second);
    }

    private async Task BreakOffAsync(string to)
    {
        _cable.BreakAfter(30 << 20);
        await Should.ThrowAsync<RpcException>(() => PullAsync(to));
        _cable.BreakAfter(long.MaxValue);
    }

    private async Task WriteAsync(int seed)
    {
        var device = (await _source.Pool.Attachments.AttachAsync(Id, readOnly: false, Ct)).DevicePath;
        var noise = new byte[1 << 20];
        var random = new Random(seed);
        await using (var file = new FileStream(device, FileMode.Open, FileAccess.Write))
        {
            for (var block = 0; block < Filled; block++)
            {
                random.NextBytes(noise);
                await file.WriteAsync(noise, Ct);
            }

            file.Flush(flushToDisk: true);
        }

        await _source.Pool.Attachments.DetachAsync(Id, Ct);
    }

    private async Task TakeAsync(string name) =>
        await _source.Client().TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = name, VolumeIds = { Volume } });

    private async Task CommitAsync(string name) =>
        await _target.Client().CommitGroupAsync(new CommitGroupRequest { Pool = "green-main", Name = name, VolumeIds = { Volume } });

    private async Task<StagingInfo?> StagingAsync() => (await _target.Pool.Volumes.FindAsync(Id, Ct))!.Staging;

    /// <summary>Bytes of the whole stream.</summary>
    private async Task<long> WholeAsync(string to) =>
        (await _source.Pool.Source.WriteAsync(new DeltaRequest(Id, null, new SnapshotName(to), ByteOffset.Zero), Stream.Null, Ct)).WireBytes.Value;

    private async Task ShouldBeEqualAsync(string name)
    {
        await CommitAsync(name);
        Shell.Run("cmp", Image("green-main", name), Image("blue-main", name));
    }

    private string Image(string pool, string name) => Path.Combine(_workshop.Root, pool, "volumes", Volume, "images", "s-" + name, "image");

    private PullRequest Request(string to) => Pulling(to, _cable.Endpoint);

    private Task<List<PullProgress>> PullAsync(string to) => PullAsync(Request(to));

    private async Task<string> GetAsync(string uri)
    {
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = PinnedTls.ClientOptions(_identity, _identity.Fingerprint) });
        return await http.GetStringAsync(uri, Ct);
    }
}
