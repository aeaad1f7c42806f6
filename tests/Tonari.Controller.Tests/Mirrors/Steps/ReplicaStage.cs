using System.Text.Json.Nodes;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>A replica that steps are tried on.</summary>
internal static class ReplicaStage
{
    /// <summary>The group snapshot.</summary>
    public const string Second = "m-abcdefghij-e1-s2";

    /// <summary>A secondary with one group snapshot of one volume.</summary>
    public static StepStage Replica()
    {
        var stage = new StepStage();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-1", live: false, Second);
        agent.AddGroup(Second, Capture().ToBytes(), "pvc-1");
        stage.Status = stage.Status with
        {
            Snapshots = [new MirrorSnapshot(Second, default, default)],
            Volumes = [new MirrorVolume("shop/data", "pvc-1", "green-main", 4096, null)],
        };
        return stage;
    }

    private static CapturedResources Capture() => new()
    {
        SourceCluster = "blue",
        Objects =
        [
            Json("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"""),
            Json("""{"apiVersion":"tonari.dev/v1alpha1","kind":"Application","metadata":{"name":"shop","namespace":"shop"},"spec":{"namespaces":[{"name":"shop"}]}}"""),
            Json("""
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},
             "spec":{"replicas":2,"selector":{"matchLabels":{"app":"db"}},"template":{"metadata":{"labels":{"app":"db"}},
             "spec":{"containers":[{"name":"db","image":"db"}],"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}]}}}}
            """),
        ],
        Volumes = [new CapturedVolume { Key = "shop/data", Namespace = "shop", Claim = "data", VolumeId = "pvc-1", SizeBytes = 4096, AccessModes = ["ReadWriteOnce"] }],
    };

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    /// <summary>An object at the API server; null when there is none.</summary>
    public static JsonObject? Find(this StepStage stage, string kind, string name) =>
        stage.Api.All().FirstOrDefault(value => value.Kind() == kind && value.Name() == name);

    /// <summary>What bears the mirror's label.</summary>
    public static IEnumerable<string> Labelled(this StepStage stage) => stage.Api.All()
        .Where(value => value.Label(WellKnown.MirrorLabel) is not null && value.Kind() is not "Namespace")
        .Select(value => $"{value.Kind()} {value.Name()}");

    /// <summary>As the worker does: again while it is not finished.</summary>
    public static async Task DoneAsync(this StepStage stage, MirrorStep step)
    {
        for (var tries = 0; tries < 10; tries++)
        {
            var result = await stage.RunAsync(step);
            if (result is StepResult.NotYet) continue;
            (result is StepResult.Done or StepResult.Stopped).ShouldBeTrue($"{step.Key}: {result}");
            return;
        }

        throw new TimeoutException($"{step.Key} does not come to an end.");
    }

    /// <summary>Lets the stage's time pass until a step has ended, ten seconds of real time at most. In between, what the step waits for gets its turn.</summary>
    public static async Task AdvanceAsync(this StepStage stage, Task task)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!task.IsCompleted && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            stage.Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
