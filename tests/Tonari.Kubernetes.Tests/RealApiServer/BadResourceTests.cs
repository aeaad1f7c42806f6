using Tonari.Kubernetes.Api;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.RealApiServer;

/// <summary>What no custom resource can mean is refused by the API server itself, by the name of the field, before any controller sees it.</summary>
[Collection(UsesRealApiServer.Name)]
public class BadResourceTests(ApiServerFixture server)
{
    private const string Fingerprint = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("application", "{ peer: green }")]
    [InlineData("application", "{ application: '', peer: green }")]
    [InlineData("application", "{ application: 'Not A Name', peer: green }")]
    [InlineData("peer", "{ application: shop }")]
    [InlineData("peer", "{ application: shop, peer: '../x' }")]
    [InlineData("mirrorId", "{ application: shop, peer: green, mirrorId: UPPER12345 }")]
    [InlineData("mirrorId", "{ application: shop, peer: green, mirrorId: short }")]
    [InlineData("initialRole", "{ application: shop, peer: green, initialRole: Fenced }")]
    [InlineData("schedule", "{ application: shop, peer: green, schedule: soon }")]
    [InlineData("schedule", "{ application: shop, peer: green, schedule: '-5m' }")]
    [InlineData("schedule", "{ application: shop, peer: green, schedule: 5 }")]
    [InlineData("wantedRpo", "{ application: shop, peer: green, wantedRpo: never }")]
    [InlineData("retain", "{ application: shop, peer: green, retain: 0 }")]
    [InlineData("retain", "{ application: shop, peer: green, retain: 101 }")]
    [InlineData("retain", "{ application: shop, peer: green, retain: many }")]
    [InlineData("paused", "{ application: shop, peer: green, paused: 'yes' }")]
    [InlineData("onFenced", "{ application: shop, peer: green, onFenced: Ignore }")]
    [InlineData("rateLimitBytesPerSecond", "{ application: shop, peer: green, rateLimitBytesPerSecond: 0 }")]
    [InlineData("replicaVolumesOnDelete", "{ application: shop, peer: green, replicaVolumesOnDelete: Burn }")]
    [InlineData("rateLimitBytesPerSecond", "{ application: shop, peer: green, rateLimitBytesPerSecond: 1e30 }")]
    [InlineData("rateLimitBytesPerSecond", "{ application: shop, peer: green, rateLimitBytesPerSecond: 1.5 }")]
    [InlineData("rateLimitBytesPerSecond", "{ application: shop, peer: green, rateLimitBytesPerSecond: 9223372036854775808 }")]
    [InlineData("namespaceMapping", "{ application: shop, peer: green, namespaceMapping: { shop: ../x } }")]
    [InlineData("namespaceMapping", "{ application: shop, peer: green, namespaceMapping: { shop: Shop } }")]
    [InlineData("namespaceMapping", "{ application: shop, peer: green, namespaceMapping: { shop: a.b } }")]
    [InlineData("namespaceMapping", "{ application: shop, peer: green, namespaceMapping: { shop: '' } }")]
    [InlineData("storageClassMapping", "{ application: shop, peer: green, storageClassMapping: { fast: 'a b' } }")]
    [InlineData("storageClassMapping", "{ application: shop, peer: green, storageClassMapping: { fast: a..b } }")]
    [InlineData("peer", "{ application: shop, peer: a..b }")]
    [InlineData("operation.id", "{ application: shop, peer: green, operation: { type: Sync } }")]
    [InlineData("operation.id", "{ application: shop, peer: green, operation: { id: '', type: Sync } }")]
    [InlineData("operation.type", "{ application: shop, peer: green, operation: { id: a } }")]
    [InlineData("operation.type", "{ application: shop, peer: green, operation: { id: a, type: Explode } }")]
    public Task A_mirror(string field, string spec) => RefusedAsync("AppMirror", "appmirrors", field, spec);

    [Fact]
    public async Task A_mirror_with_too_much_of_something()
    {
        var many = string.Join(", ", Enumerable.Range(0, 101).Select(i => $"a{i}: b{i}"));
        await RefusedAsync("AppMirror", "appmirrors", "namespaceMapping", $"{{ application: shop, peer: green, namespaceMapping: {{ {many} }} }}");
        await RefusedAsync("AppMirror", "appmirrors", "storageClassMapping", $"{{ application: shop, peer: green, storageClassMapping: {{ {many} }} }}");
        await RefusedAsync("AppMirror", "appmirrors", "operation.id", $"{{ application: shop, peer: green, operation: {{ id: {new string('a', 64)}, type: Sync }} }}");
        await RefusedAsync("AppMirror", "appmirrors", "operation.confirm", $"{{ application: shop, peer: green, operation: {{ id: a, type: Sync, confirm: {new string('a', 254)} }} }}");
    }

    [Theory]
    [InlineData("namespaces.name", "{ namespaces: [ { } ] }")]
    [InlineData("namespaces.name", "{ namespaces: [ { name: 'Not A Name' } ] }")]
    [InlineData("namespaces.name", "{ namespaces: [ { name: ../x } ] }")]
    [InlineData("namespaces", "{ namespaces: all }")]
    [InlineData("namespaces.operator", "{ namespaces: [ { name: shop, selector: { matchExpressions: [ { key: a, operator: Like } ] } } ] }")]
    [InlineData("clusterResources.kind", "{ clusterResources: [ { name: x } ] }")]
    [InlineData("clusterResources.kind", "{ clusterResources: [ { kind: '' } ] }")]
    [InlineData("clusterResources.kind", "{ clusterResources: [ { kind: a/b } ] }")]
    [InlineData("clusterResources.group", "{ clusterResources: [ { kind: A, group: ../x } ] }")]
    [InlineData("clusterResources.name", "{ clusterResources: [ { kind: A, name: .. } ] }")]
    [InlineData("clusterResources.name", "{ clusterResources: [ { kind: A, name: a/b } ] }")]
    [InlineData("clusterResources.name", "{ clusterResources: [ { kind: A, name: '' } ] }")]
    [InlineData("excludes.kind", "{ excludes: [ { name: x } ] }")]
    [InlineData("namespaces.matchLabels", "{ namespaces: [ { name: shop, selector: { matchLabels: { a: 'b c' } } } ] }")]
    [InlineData("namespaces.key", "{ namespaces: [ { name: shop, selector: { matchExpressions: [ { key: 'a b', operator: Exists } ] } } ] }")]
    [InlineData("namespaces.values", "{ namespaces: [ { name: shop, selector: { matchExpressions: [ { key: a, operator: In, values: [ 'b,c' ] } ] } } ] }")]
    public Task An_application(string field, string spec) => RefusedAsync("Application", "applications", field, spec);

    [Fact]
    public async Task An_application_with_too_much_of_something()
    {
        var namespaces = string.Join(", ", Enumerable.Range(0, 101).Select(i => $"{{ name: a{i} }}"));
        var kinds = string.Join(", ", Enumerable.Range(0, 101).Select(i => $"{{ kind: A{i} }}"));
        await RefusedAsync("Application", "applications", "namespaces", $"{{ namespaces: [ {namespaces} ] }}");
        await RefusedAsync("Application", "applications", "clusterResources", $"{{ clusterResources: [ {kinds} ] }}");
        await RefusedAsync("Application", "applications", "excludes", $"{{ excludes: [ {kinds} ] }}");
    }

    [Theory]
    [InlineData("application", "{ }")]
    [InlineData("application", "{ application: '' }")]
    [InlineData("application", "{ application: a/b }")]
    [InlineData("retain", "{ application: shop, retain: forever }")]
    public Task A_snapshot(string field, string spec) => RefusedAsync("AppSnapshot", "appsnapshots", field, spec);

    [Theory]
    [InlineData("endpoint", "{ fingerprint: " + Fingerprint + " }")]
    [InlineData("endpoint", "{ endpoint: green, fingerprint: " + Fingerprint + " }")]
    [InlineData("endpoint", "{ endpoint: 'http://green:7443', fingerprint: " + Fingerprint + " }")]
    [InlineData("endpoint", "{ endpoint: 'green:port', fingerprint: " + Fingerprint + " }")]
    [InlineData("fingerprint", "{ endpoint: 'green:7443' }")]
    [InlineData("fingerprint", "{ endpoint: 'green:7443', fingerprint: ABC }")]
    [InlineData("allowedNamespaces", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", allowedNamespaces: all }")]
    [InlineData("allowedNamespaces", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", allowedNamespaces: [ 'shop-*' ] }")]
    [InlineData("allowedNamespaces", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", allowedNamespaces: [ '' ] }")]
    [InlineData("allowedPools", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", allowedPools: [ ../x ] }")]
    [InlineData("allowedClusterKinds", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", allowedClusterKinds: [ '*' ] }")]
    [InlineData("quotaBytes", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", quotaBytes: 1e30 }")]
    [InlineData("quotaBytes", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", quotaBytes: -1 }")]
    [InlineData("quotaBytes", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", quotaBytes: 10Gi }")]
    [InlineData("suspended", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", suspended: 'no' }")]
    public Task A_peer(string field, string spec) => RefusedAsync("ClusterPeer", "clusterpeers", field, spec, namespaced: false);

    [Theory]
    [InlineData("stages", "{ command: [ 'true' ] }")]
    [InlineData("stages", "{ stages: [], command: [ 'true' ] }")]
    [InlineData("stages", "{ stages: [ Sometimes ], command: [ 'true' ] }")]
    [InlineData("command", "{ stages: [ PreSnapshot ] }")]
    [InlineData("command", "{ stages: [ PreSnapshot ], command: [] }")]
    [InlineData("command", "{ stages: [ PreSnapshot ], command: 'true' }")]
    [InlineData("timeout", "{ stages: [ PreSnapshot ], command: [ 'true' ], timeout: long }")]
    [InlineData("onFailure", "{ stages: [ PreSnapshot ], command: [ 'true' ], onFailure: Shrug }")]
    [InlineData("weight", "{ stages: [ PreSnapshot ], command: [ 'true' ], weight: heavy }")]
    [InlineData("weight", "{ stages: [ PreSnapshot ], command: [ 'true' ], weight: 99999999999 }")]
    [InlineData("application", "{ stages: [ PreSnapshot ], command: [ 'true' ], application: a/b }")]
    [InlineData("selector.namespace", "{ stages: [ PreSnapshot ], command: [ 'true' ], selector: { namespace: .. } }")]
    [InlineData("selector.containerName", "{ stages: [ PreSnapshot ], command: [ 'true' ], selector: { containerName: a/b } }")]
    public Task A_hook(string field, string spec) => RefusedAsync("ExecHook", "exechooks", field, spec);

    [Fact]
    public async Task A_hook_with_too_much_of_something()
    {
        var words = string.Join(", ", Enumerable.Repeat("a", 257));
        await RefusedAsync("ExecHook", "exechooks", "command", $"{{ stages: [ PreSnapshot ], command: [ {words} ] }}");
        await RefusedAsync("ExecHook", "exechooks", "command", $"{{ stages: [ PreSnapshot ], command: [ {new string('a', 131073)} ] }}");
    }

    [Theory]
    [InlineData("AppMirror", "appmirrors", "{ application: shop.web, peer: green, mirrorId: abcdefghij, namespaceMapping: { shop: shop-dr }, storageClassMapping: { fast: standard.v2 }, rateLimitBytesPerSecond: 9223372036854775807 }")]
    [InlineData("Application", "applications", "{ namespaces: [ { name: shop, selector: { matchLabels: { app.kubernetes.io/name: Web_1.0 } } } ], clusterResources: [ { kind: ClusterRole, group: rbac.authorization.k8s.io, name: 'system:node' }, { kind: A, name: a..b } ] }")]
    [InlineData("ExecHook", "exechooks", "{ stages: [ PreSnapshot ], weight: -2147483648, command: [ a b, 'c;d' ], selector: { namespace: shop, containerName: db-0, containerImage: '/postgres:1[0-9]$' } }")]
    [InlineData("ClusterPeer", "clusterpeers", "{ endpoint: 'green:7443', fingerprint: " + Fingerprint + ", allowedNamespaces: [ '*', kube-system ], allowedPools: [ node.example-main ], allowedClusterKinds: [ Thing, PriorityClass.scheduling.k8s.io ], quotaBytes: 9223372036854775807 }")]
    public async Task What_can_be_meant_is_taken(string kind, string plural, string spec)
    {
        var namespaced = kind != "ClusterPeer";
        var value = YamlJson.Parse($"{{ apiVersion: tonari.dev/v1alpha1, kind: {kind}, metadata: {{ name: good-{Guid.NewGuid():N}{(namespaced ? ", namespace: default" : "")} }}, spec: {spec} }}").AsObject();
        await server.Api.CreateAsync(new ResourceKind(WellKnown.Group, WellKnown.Version, kind, plural, namespaced), value, Ct);
    }

    [Theory]
    [InlineData("managed", "{ managed: 'yes' }")]
    public Task A_pool(string field, string spec) => RefusedAsync("StoragePool", "storagepools", field, spec, namespaced: false);

    private async Task RefusedAsync(string kind, string plural, string field, string spec, bool namespaced = true)
    {
        var name = $"bad-{Guid.NewGuid():N}";
        var value = YamlJson.Parse($"{{ apiVersion: tonari.dev/v1alpha1, kind: {kind}, metadata: {{ name: {name}{(namespaced ? ", namespace: default" : "")} }}, spec: {spec} }}").AsObject();
        var served = new ResourceKind(WellKnown.Group, WellKnown.Version, kind, plural, namespaced);

        var refusal = await Should.ThrowAsync<ResourceInvalidException>(() => server.Api.CreateAsync(served, value, Ct));

        refusal.Message.ShouldContain("spec." + field.Split('.')[0], customMessage: refusal.Message);
        refusal.Message.ShouldContain(field.Split('.')[^1]);
        (await server.Api.FindAsync(served, namespaced ? "default" : null, name, Ct)).ShouldBeNull();
    }
}
