using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.EndToEnd.Tests;

/// <summary>What stands in the way is said in a sentence, and once it is gone the relationship goes on by itself.</summary>
public sealed class PreflightTests(LabFixture fixture) : LabTest(fixture, Name, Elsewhere)
{
    private const string Name = "vault";
    private const string Elsewhere = "vault-elsewhere";
    private readonly FilesWorkload files = new(Name, 1, "256Mi");
    private LabMirror Mirror => new(Lab, Name, Name);

    [Fact]
    public async Task A_pool_that_nobody_manages_is_named_with_the_command_that_mends_it()
    {
        await files.DeployAsync(Blue, Ct);
        await Lab.OnGreen.RunAsync(Ct, "pool", "unmanage", Green.PoolName, "--force");
        try
        {
            var refused = await ConfigureAsync();

            refused.ShouldContain("No storage pool is managed");
            refused.ShouldContain($"tonari pool manage {Green.PoolName}");
        }
        finally
        {
            await Lab.OnGreen.RunAsync(CancellationToken.None, "pool", "manage", Green.PoolName);
        }

        await Mirror.UntilEstablishedAsync(Blue, Soon, Ct);
    }

    [Fact]
    public async Task A_storage_class_that_does_not_exist_there_is_named()
    {
        await files.DeployAsync(Blue, Ct);

        (await ConfigureAsync("--map-class", "tonari=swift")).ShouldContain("swift");

        await Green.ApplyAsync(
            """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: swift}
            provisioner: tonari.dev
            volumeBindingMode: WaitForFirstConsumer
            allowVolumeExpansion: true
            """, Ct);
        await Mirror.UntilEstablishedAsync(Blue, Soon, Ct);
        await Lab.OnGreen.RunAsync(Ct, "mirror", "failover", Name, "-n", Name, "--yes");
        var claim = await Green.GetAsync($"/api/v1/namespaces/{Name}/persistentvolumeclaims/v1", Ct);
        ((string?)claim?["spec"]?["storageClassName"]).ShouldBe("swift");
        await Green.KubectlAsync(Ct, "delete", "storageclass", "swift");
    }

    [Fact]
    public async Task A_namespace_that_holds_somebody_elses_things_is_not_touched()
    {
        await files.DeployAsync(Blue, Ct);
        await Green.ApplyAsync(
            $$$$"""
            apiVersion: v1
            kind: Namespace
            metadata: {name: {{{{Elsewhere}}}} }
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: v1, namespace: {{{{Elsewhere}}}} }
            spec: {storageClassName: tonari, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """, Ct);

        var refused = await ConfigureAsync("--map-namespace", $"{Name}={Elsewhere}");

        refused.ShouldContain(Elsewhere);
        (await Green.GetAsync($"/api/v1/namespaces/{Elsewhere}/persistentvolumeclaims/v1", Ct)).ShouldNotBeNull();
    }

    /// <summary>Configures and returns the sentences of the refusal.</summary>
    private async Task<string> ConfigureAsync(params string[] more)
    {
        var run = await Lab.OnBlue.TryAsync(Ct, ["mirror", "configure", Name, "--to", "green", "--schedule", "1h", "-n", Name, "--timeout", "60s", .. more]);
        run.ExitCode.ShouldBe(3, run.Output + run.Error);
        return run.Output + run.Error;
    }
}
