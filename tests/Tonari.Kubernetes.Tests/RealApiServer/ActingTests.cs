using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Tests.RealApiServer;

/// <summary>In a user's name the API server judges by his rights, all his groups and attributes told apart.</summary>
[Collection(UsesRealApiServer.Name)]
public class ActingTests(ApiServerFixture server)
{
    private readonly KubernetesApi _api = server.Api;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_group_counts_by_itself_and_ours_do_not()
    {
        await _api.CreateAsync(
            new V1Role
            {
                Metadata = Meta("makes-config-maps"),
                Rules = [new V1PolicyRule { ApiGroups = [""], Resources = ["configmaps"], Verbs = ["create", "patch", "delete", "get"] }],
            }, Ct);
        await _api.CreateAsync(
            new V1RoleBinding
            {
                Metadata = Meta("makes-config-maps"),
                RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = "makes-config-maps" },
                Subjects = [new Rbacv1Subject { Kind = "Group", Name = "makers, first class", ApiGroup = "rbac.authorization.k8s.io" }],
            }, Ct);
        var maker = _api.As(User("gärtner", "people", "makers, first class", "more"));
        var other = _api.As(User("alice", "people", "makers"));

        var made = await maker.CreateAsync(new V1ConfigMap { Metadata = Meta("made-in-a-name"), Data = new Dictionary<string, string> { ["a"] = "1" } }, Ct);
        await maker.MergeAsync<V1ConfigMap>("default", made.Name(), new() { ["data"] = new System.Text.Json.Nodes.JsonObject { ["a"] = "line\u001fmark" } }, Ct);

        (await _api.GetAsync<V1ConfigMap>("default", made.Name(), Ct)).Data["a"].ShouldBe("line\u001fmark");
        var refused = await Should.ThrowAsync<ApiForbiddenException>(other.CreateAsync(new V1ConfigMap { Metadata = Meta("never-made") }, Ct));
        refused.Message.ShouldContain("alice");
        (await Should.ThrowAsync<ApiForbiddenException>(maker.ListAsync<V1Secret>("default", Ct))).Message.ShouldContain("gärtner");
        (await maker.DeleteAsync<V1ConfigMap>("default", made.Name(), Ct)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_else_is_known_of_a_user_arrives_whatever_its_name()
    {
        var extra = new Dictionary<string, IList<string>> { ["authentication.kubernetes.io/pod-name"] = ["one", "two"], ["scopes%2F"] = ["a=b, c"] };
        var user = new ApiUser("alice", ["system:authenticated", "people"], extra);

        // Only who may do everything may name others: this one may not, and the server says whom it understood.
        using var nobody = server.ConnectAsNobody();
        (await Should.ThrowAsync<ApiForbiddenException>(nobody.As(user).ListAsync<V1ConfigMap>("default", Ct))).Message.ShouldContain("impersonate");
        (await Should.ThrowAsync<ApiForbiddenException>(_api.As(user).ListAsync<V1ConfigMap>("default", Ct))).Message.ShouldContain("\"alice\" cannot list");
    }

    [Theory]
    [InlineData("alice ")]
    [InlineData(" system:admin")]
    [InlineData("alice\r\nImpersonate-Group: system:masters")]
    [InlineData("alice\u001fImpersonate-Group: system:masters")]
    [InlineData("")]
    public async Task A_name_that_would_arrive_as_another_is_not_sent(string name)
    {
        await Should.ThrowAsync<ApiForbiddenException>(_api.As(User(name)).ListAsync<V1ConfigMap>("default", Ct));
        await Should.ThrowAsync<ApiForbiddenException>(_api.As(User("alice", name)).ListAsync<V1ConfigMap>("default", Ct));
    }

    private static ApiUser User(string name, params string[] groups) => new(name, groups, new Dictionary<string, IList<string>>());

    private static V1ObjectMeta Meta(string name) => new() { Name = name, NamespaceProperty = "default" };
}
