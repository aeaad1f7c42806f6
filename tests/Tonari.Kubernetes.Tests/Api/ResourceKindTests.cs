using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Tests.Api;

public class ResourceKindTests
{
    private static readonly ResourceKind ConfigMaps = ResourceKind.Of<V1ConfigMap>();

    [Theory]
    [InlineData("shop", "")]
    [InlineData("shop", ".")]
    [InlineData("shop", "..")]
    [InlineData("..", "a")]
    [InlineData(".", null)]
    public void A_name_that_would_climb_in_the_path_or_leave_it_at_all_objects_is_refused(string ns, string? name) =>
        Should.Throw<ResourceInvalidException>(() => ConfigMaps.Path(ns, name));

    [Theory]
    [InlineData("shop", "a/../../b", "/api/v1/namespaces/shop/configmaps/a%2F..%2F..%2Fb")]
    [InlineData("a/b", "a?b#c", "/api/v1/namespaces/a%2Fb/configmaps/a%3Fb%23c")]
    [InlineData("shop", "a.b", "/api/v1/namespaces/shop/configmaps/a.b")]
    [InlineData(null, null, "/api/v1/configmaps")]
    public void Whatever_else_a_name_holds_it_stays_one_part_of_the_path(string? ns, string? name, string path) => ConfigMaps.Path(ns, name).ShouldBe(path);
}
