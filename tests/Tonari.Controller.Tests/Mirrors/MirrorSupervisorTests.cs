using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Mirrors;

public sealed class MirrorSupervisorTests
{
    [Fact]
    public async Task A_new_mirror_gets_its_finalizer_before_its_id_and_its_id_before_its_first_step()
    {
        await using var stage = new Stage();
        stage.Add(spec => spec with { MirrorId = null });

        await stage.UntilAsync(() => stage.Steps.Contains("prepare"), "preparing");

        var mirror = stage.Mirror()!;
        mirror.Metadata.Finalizers.ShouldBe([WellKnown.Finalizer]);
        mirror.Spec.MirrorId.ShouldBe("newnewnew1");
        var writes = stage.Api.Requests.Where(request => request.Verb == "patch").Select(request => request.Body!.ToJsonString()).ToList();
        writes[0].ShouldContain("finalizers");
        writes[1].ShouldContain("mirrorId");
    }

    [Fact]
    public async Task What_a_user_changes_is_in_the_status_at_once_also_right_after_a_write()
    {
        await using var stage = new Stage();
        stage.Add(spec => spec);
        await stage.UntilAsync(() => stage.Mirror()?.Status?.State is not null, "the first status");
        await stage.UntilAsync(() => stage.Steps.Contains("prepare"), "preparing");

        for (var generation = 2; generation < 5; generation++)
        {
            stage.Edit(mirror => (mirror.Metadata.Generation, mirror.Spec) = (generation, mirror.Spec with { Paused = !mirror.Spec.Paused }));
            await stage.UntilAsync(() => stage.Mirror()!.Status!.ObservedGeneration == generation, "it to be noticed", timePasses: false);
        }
    }

    [Fact]
    public async Task A_deleted_mirror_is_gone_only_after_both_sides_were_seen_to()
    {
        await using var stage = new Stage();
        stage.Add(spec => spec);
        await stage.UntilAsync(() => stage.Steps.Contains("prepare"), "preparing");

        await stage.Api.DeleteAsync<AppMirror>("shop", "shop", stage.Ct);
        await stage.UntilAsync(() => stage.Mirror() is null, "gone");

        stage.Steps.Distinct().ShouldBe(["prepare", "tell peer of deletion", "clean up"]);
        stage.Tombstones().ShouldBeEmpty();
    }

    [Fact]
    public async Task Deletion_by_force_does_not_wait_for_a_lost_neighbour_and_leaves_word_for_it()
    {
        await using var stage = new Stage { PeerAnswers = false };
        stage.Add(spec => spec);
        await stage.UntilAsync(() => stage.Steps.Contains("prepare"), "preparing");
        await stage.Api.DeleteAsync<AppMirror>("shop", "shop", stage.Ct);
        await stage.UntilAsync(() => stage.Steps.Contains("tell peer of deletion"), "telling");

        stage.Edit(mirror => mirror.Metadata.Annotations = new Dictionary<string, string> { [WellKnown.ForceDeleteAnnotation] = "true" });
        await stage.UntilAsync(() => stage.Mirror() is null, "gone");

        stage.Tombstones().ShouldBe(["abcdefghij"]);
    }

    [Fact]
    public async Task A_second_mirror_with_the_same_id_is_refused_and_its_deletion_touches_nothing()
    {
        await using var stage = new Stage();
        stage.Add(spec => spec);
        await stage.UntilAsync(() => stage.Steps.Contains("prepare"), "preparing");
        stage.Time.Advance(TimeSpan.FromMinutes(1));
        stage.Add(spec => spec, "twin");

        await stage.UntilAsync(() => stage.Condition("twin", "Accepted") == ConditionStatus.False, "refused");
        stage.Mirror("twin")!.Status!.Message!.ShouldContain("has the id abcdefghij");

        await stage.Api.DeleteAsync<AppMirror>("shop", "twin", stage.Ct);
        await stage.UntilAsync(() => stage.Mirror("twin") is null, "gone");
        stage.Steps.ShouldNotContain("clean up");
        stage.Mirror().ShouldNotBeNull();
    }

    [Fact]
    public async Task A_spec_that_cannot_be_used_is_said_and_its_correction_is_taken_up()
    {
        await using var stage = new Stage();
        stage.Add(spec => spec with { Peer = "" });
        await stage.UntilAsync(() => stage.Condition("shop", "Accepted") == ConditionStatus.False, "refused");
        stage.Steps.ShouldBeEmpty();

        stage.Edit(mirror => mirror.Spec = mirror.Spec with { Peer = "green" });

        await stage.UntilAsync(() => stage.Steps.Contains("prepare"), "preparing");
        await stage.UntilAsync(() => stage.Condition("shop", "Accepted") == ConditionStatus.True, "accepted");
    }

    [Fact]
    public async Task An_API_server_that_fails_for_a_while_delays_and_loses_nothing()
    {
        await using var stage = new Stage();
        var failing = true;
        stage.Api.OnRequest = request =>
        {
            if (failing && request.Verb is ("patch" or "update")) throw new ApiUnavailableException("The API server is restarting.", HttpStatusCode.ServiceUnavailable);
        };
        stage.Add(spec => spec);
        var start = stage.Time.GetUtcNow();
        await stage.UntilAsync(() => stage.Time.GetUtcNow() > start.AddSeconds(30), "half a minute");
        failing = false;

        await stage.UntilAsync(() => stage.Mirror()!.Status?.Mirror.Role == MirrorRole.Primary, "primary");
    }

    [Fact]
    public async Task A_quiet_mirror_is_hardly_ever_written()
    {
        await using var stage = new Stage();
        stage.Add(spec => spec);
        await stage.UntilAsync(() => stage.Mirror()!.Status?.Mirror.Role == MirrorRole.Primary, "primary");
        await stage.UntilAsync(() => stage.Condition("shop", "PreflightPassed") == ConditionStatus.True, "all said");
        var before = stage.Api.Requests.Count(request => request.Writes);
        var start = stage.Time.GetUtcNow();

        await stage.UntilAsync(() => stage.Time.GetUtcNow() > start.AddMinutes(2), "two minutes");

        (stage.Api.Requests.Count(request => request.Writes) - before).ShouldBeLessThanOrEqualTo(2);
    }

    private sealed class Stage : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly MirrorStore _store;
        private readonly Task _running;
        private readonly ConcurrentQueue<string> _steps = new();

        public Stage()
        {
            Api = new FakeKubernetesApi(Time);
            _store = new MirrorStore(Api, Mirrors);
            Api.Seed(new ClusterPeer { Metadata = new V1ObjectMeta { Name = "green" } });
            var supervisor = new MirrorSupervisor(
                Api,
                _store,
                new PeerViews(Time),
                new PeerStatusWriter(Api, Time, NullLogger<PeerStatusWriter>.Instance),
                new Effects(this),
                new Silence(),
                new PeerSelf("blue", "blue:7443", "0.1.0", ""),
                Time,
                NullLoggerFactory.Instance)
            {
                NewId = () => "newnewnew1",
            };
            _running = Task.Run(() => supervisor.RunAsync(_end.Token));
        }

        public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        public FakeKubernetesApi Api { get; }

        public bool PeerAnswers { get; set; } = true;

        public IReadOnlyCollection<string> Steps => _steps;

        public CancellationToken Ct => _end.Token;

        public void Add(Func<AppMirrorSpec, AppMirrorSpec> edit, string name = "shop")
        {
            var mirror = MirrorPolicyMapperTests.Mirror(edit);
            mirror.Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "shop" };
            Api.CreateAsync(mirror, Ct).GetAwaiter().GetResult();
        }

        public AppMirror? Mirror(string name = "shop") => Mirrors().FirstOrDefault(mirror => mirror.Name == name);

        public ConditionStatus? Condition(string name, string type) =>
            Mirror(name)?.Status?.Conditions.FirstOrDefault(condition => condition.Type == type)?.Status;

        public IEnumerable<string> Tombstones() => Api.All()
            .Where(value => value.Kind() == "ClusterPeer")
            .SelectMany(value => KubeJson.FromJson<ClusterPeer>(value).Status?.DeletedMirrors ?? [])
            .Select(deleted => deleted.MirrorId);

        public void Edit(Action<AppMirror> edit)
        {
            while (true)
            {
                var mirror = Mirror()!;
                edit(mirror);
                try
                {
                    Api.UpdateAsync(mirror, Ct).GetAwaiter().GetResult();
                    return;
                }
                catch (ResourceConflictException)
                {
                    // The worker wrote between reading and writing.
                }
            }
        }

        public async Task UntilAsync(Func<bool> so, string what, bool timePasses = true)
        {
            var started = TimeProvider.System.GetTimestamp();
            while (!so())
            {
                if (_running.IsFaulted) await _running;
                if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
                    throw new TimeoutException($"Not reached: {what}. {string.Join(", ", _steps.TakeLast(20))}. {Mirror()?.Status?.Message}");
                if (Mirror() is { } mirror) _store.Tell(mirror);
                if (timePasses) Time.Advance(TimeSpan.FromMilliseconds(200));
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            try
            {
                await _running;
            }
            catch (OperationCanceledException)
            {
                // Ended as asked.
            }

            _end.Dispose();
        }

        private List<AppMirror> Mirrors() => [.. Api.All().Where(value => value.Kind() == "AppMirror").Select(KubeJson.FromJson<AppMirror>)];

        private sealed class Effects(Stage stage) : IMirrorEffects
        {
            public Task<StepResult> RunAsync(MirrorStep step, StepContext context, CancellationToken ct)
            {
                stage._steps.Enqueue(step.Key);
                return Task.FromResult<StepResult>(
                    step is TellPeerOfDeletion && !stage.PeerAnswers ? new StepResult.Failed("green does not answer.") : new StepResult.Done());
            }
        }

        private sealed class Silence : IMirrorNewsDesk
        {
            public void Tell(AppMirror mirror, MirrorNews news)
            {
            }
        }
    }
}
