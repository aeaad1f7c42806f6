using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Informers;

public class LeaderElectionTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeKubernetesApi _api;

    public LeaderElectionTests() => _api = new FakeKubernetesApi(_time);

    [Fact]
    public async Task One_leads_and_the_next_takes_over_when_it_lets_go()
    {
        await using var one = new Candidate(this, "one");
        await Eventually.TrueAsync(() => one.Leads, "one leads");
        await using var two = new Candidate(this, "two");
        await Eventually.TrueAsync(() => _api.Requests.Count(r => r.Verb == "get") > 10, "several tries", _time, TimeSpan.FromMilliseconds(500));
        two.Leads.ShouldBeFalse();
        await one.StopAsync();
        one.Leads.ShouldBeFalse();
        await Eventually.TrueAsync(() => two.Leads, "two leads", _time, TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_before_anyone_else_starts()
    {
        await using var one = new Candidate(this, "one");
        await Eventually.TrueAsync(() => one.Leads, "one leads");
        await using var two = new Candidate(this, "two");
        var both = false;
        _api.OnRequest = request =>
        {
            // "one" is cut off from the server.
            if (Candidate.Current.Value == "one")
                throw new ApiUnavailableException("cut off");
        };
        await Eventually.TrueAsync(() => { both |= one.Leads && two.Leads; return two.Leads; }, "two leads", _time, TimeSpan.FromMilliseconds(250));
        both.ShouldBeFalse();
        one.Leads.ShouldBeFalse();
    }

    [Fact]
    public async Task A_leader_that_keeps_renewing_keeps_the_lead_for_hours()
    {
        await using var one = new Candidate(this, "one");
        await Eventually.TrueAsync(() => one.Leads, "one leads");
        await using var two = new Candidate(this, "two");
        var end = _time.GetUtcNow() + TimeSpan.FromMinutes(10);
        await Eventually.TrueAsync(() => _time.GetUtcNow() > end, "ten minutes", _time, TimeSpan.FromSeconds(1));
        one.Leads.ShouldBeTrue();
        two.Leads.ShouldBeFalse();
        var lease = await _api.GetAsync<V1Lease>("ns", "lead", CancellationToken.None);
        lease.Spec.HolderIdentity.ShouldBe("one");
        lease.Spec.LeaseTransitions.ShouldBe(1);
    }

    [Fact]
    public async Task Work_that_fails_ends_the_lead_and_the_failure_is_seen()
    {
        var election = new LeaderElection(_api, "ns", "lead", "one", new LeaderElectionOptions(), _time, NullLogger.Instance);
        var run = election.RunAsync(_ => throw new InvalidOperationException("broken"), CancellationToken.None);
        (await Should.ThrowAsync<InvalidOperationException>(run)).Message.ShouldBe("broken");
        (await _api.GetAsync<V1Lease>("ns", "lead", CancellationToken.None)).Spec.HolderIdentity.ShouldBeEmpty();
    }

    private sealed class Candidate : IAsyncDisposable
    {
        public static readonly AsyncLocal<string?> Current = new();
        private readonly CancellationTokenSource _end = new();
        private readonly Task _running;

        public Candidate(LeaderElectionTests test, string name)
        {
            var election = new LeaderElection(test._api, "ns", "lead", name, new LeaderElectionOptions(), test._time, NullLogger.Instance);
            _running = Task.Run(async () =>
            {
                Current.Value = name;
                await election.RunAsync(LeadAsync, _end.Token);
            });
        }

        public bool Leads { get; private set; }

        public async Task StopAsync()
        {
            await _end.CancelAsync();
            await _running;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _end.Dispose();
        }

        private async Task LeadAsync(CancellationToken ct)
        {
            Leads = true;
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Leads = false;
            ct.ThrowIfCancellationRequested();
        }
    }
}
