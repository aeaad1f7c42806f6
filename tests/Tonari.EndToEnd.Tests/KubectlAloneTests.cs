using System.Text.Json.Nodes;
using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>
/// Everything by kubectl, with an application that is no database: a raw block volume, custom resources, permissions, a schedule, and another
/// namespace next door.
/// </summary>
public sealed class KubectlAloneTests(LabFixture fixture) : LabTest(fixture)
{
    private const string Name = "kitchen";
    private const string NextDoor = "kitchen-next-door";
    private LabMirror Mirror => new(Lab, Name, Name, NextDoor);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await RemoveAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result != TestResult.Failed) await RemoveAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_application_unlike_a_database_moves_next_door_and_back_by_its_custom_resources()
    {
        await Blue.ApplyAsync(LabPaths.Manifest("kitchen/kind.yaml"), Ct);
        await Blue.KubectlAsync(Ct, "wait", "--for=condition=Established", "--timeout=30s", "crd/menus.kitchen.example.org");
        await Blue.ApplyAsync(LabPaths.Manifest("kitchen/kitchen.yaml"), Ct);
        await Blue.RolledOutAsync(Name, "deployment/stove", Later, Ct);
        await Blue.ApplyAsync(LabPaths.Manifest("kitchen/tonari.yaml"), Ct);
        await Mirror.UntilEstablishedAsync(Blue, Soon, Ct);

        var digest = await FillAsync(Blue);
        await AskAsync(Green, "sync-1", "Sync");
        await AskAsync(Green, "over-1", "FailOver");
        await Green.RolledOutAsync(NextDoor, "deployment/stove", Soon, Ct);
        (await DigestAsync(Green)).ShouldBe(digest);
        await ShouldHaveEverythingAsync();
        await Mirror.UntilAsync(Blue, "fenced, application stopped", Soon, side => side is { Role: "Fenced", Application: "Stopped" }, Ct);
        (await SuspendedAsync(Blue)).ShouldBeTrue("a stopped application starts no jobs");

        digest = await FillAsync(Green);
        await AskAsync(Green, "resync-1", "Resync", """, "keep": "green", "confirm": "kitchen" """);
        await Mirror.UntilEstablishedAsync(Green, Soon, Ct);
        await AskAsync(Blue, "reverse-1", "Reverse");
        await Mirror.UntilEstablishedAsync(Blue, Soon, Ct);
        await Blue.RolledOutAsync(Name, "deployment/stove", Soon, Ct);
        (await DigestAsync(Blue)).ShouldBe(digest);
        (await SuspendedAsync(Blue)).ShouldBeFalse("its schedule runs again as before");

        var side = await Mirror.ExpectedSideAsync(Green, Ct);
        await Green.KubectlAsync(Ct, "-n", NextDoor, "delete", "appmirror", Name, "--timeout=60s");
        await Mirror.UntilGoneAsync(Soon, Ct);
        await NothingLeft.ShouldBeAsync(Lab, side.MirrorId!, side.VolumeIds, keptOn: Blue, Ct);
        (await DigestAsync(Blue)).ShouldBe(digest, "the application goes on");
    }

    private async Task ShouldHaveEverythingAsync()
    {
        var recipes = await NextDoorAsync("/api/v1", "configmaps/recipes");
        ((string?)recipes["data"]?["soup"]).ShouldBe("water, miso, tofu");
        ((string?)recipes["binaryData"]?["stamp"]).ShouldBe("AAECAwQ=");
        ((string?)(await NextDoorAsync("/api/v1", "secrets/safe"))["data"]?["code"]).ShouldBe("NDcxMQ==");
        ((int?)(await NextDoorAsync("/apis/kitchen.example.org/v1", "menus/today"))["spec"]?["price"]).ShouldBe(12);
        var binding = await NextDoorAsync("/apis/rbac.authorization.k8s.io/v1", "rolebindings/cook-reads-recipes");
        ((string?)binding["subjects"]?[0]?["namespace"]).ShouldBe(NextDoor, "references to the namespace follow the mapping");
        (await SuspendedAsync(Green)).ShouldBeFalse();
        await Eventually.TrueAsync("the service to find the pod", Soon, async token =>
            (await Green.GetAsync($"/api/v1/namespaces/{NextDoor}/endpoints/counter", token))?["subsets"]?[0]?["addresses"] is JsonArray { Count: 1 } ? null : "no address", Ct);
    }

    private async Task<JsonObject> NextDoorAsync(string api, string what) =>
        await Green.GetAsync($"{api}/namespaces/{NextDoor}/{what}", Ct) ?? throw new InvalidOperationException($"{what} did not come along.");

    private async Task<bool> SuspendedAsync(LabCluster cluster) =>
        (bool?)(await cluster.GetAsync($"/apis/batch/v1beta1/namespaces/{Mirror.NamespaceOn(cluster)}/cronjobs/stocktaking", Ct))?["spec"]?["suspend"] == true;

    /// <summary>Asks for an operation as a user would with kubectl, and waits until the history says that it succeeded.</summary>
    private async Task AskAsync(LabCluster cluster, string id, string type, string more = "")
    {
        var patch = $$$$"""{"spec": {"operation": {"id": "{{{{id}}}}", "type": "{{{{type}}}}"{{{{more}}}} }}}""";
        await cluster.KubectlAsync(Ct, "-n", Mirror.NamespaceOn(cluster), "patch", "appmirror", Name, "--type=merge", "-p", patch);
        await Mirror.UntilAsync(cluster, $"{type} {id} to be in the history", Later, side => side.History.Any(h => h.Id == id), Ct);
        var done = (await Mirror.ExpectedSideAsync(cluster, Ct)).History.Last(h => h.Id == id);
        done.Succeeded.ShouldBeTrue(done.Message);
    }

    private async Task<string> FillAsync(LabCluster cluster)
    {
        await ShellAsync(cluster, "dd if=/dev/urandom of=/dev/pantry bs=1M count=24 oflag=direct status=none && blkdiscard -o 33554432 -l 1048576 /dev/pantry");
        return await DigestAsync(cluster);
    }

    private Task<string> DigestAsync(LabCluster cluster) => ShellAsync(cluster, "dd if=/dev/pantry bs=1M iflag=direct status=none | sha256sum");

    private Task<string> ShellAsync(LabCluster cluster, string command) =>
        cluster.ExecAsync(Mirror.NamespaceOn(cluster), "deployment/stove", Ct, "bash", "-euo", "pipefail", "-c", command);

    private async Task RemoveAsync()
    {
        await Cleaning.RemoveAsync(Lab, Name, CancellationToken.None, NextDoor);
        foreach (var cluster in Lab.Clusters)
        {
            await cluster.KubectlAsync(CancellationToken.None, "delete", "crd", "menus.kitchen.example.org", "--ignore-not-found");
        }
    }
}
