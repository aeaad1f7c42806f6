using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Tests.Api;

public class ApiRequestSortTests
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces/shop/pods", "list", "pods")]
    [InlineData("GET", "/api/v1/pods?watch=true&resourceVersion=7", "watch", "pods")]
    [InlineData("GET", "/api/v1/namespaces/shop", "get", "namespaces")]
    [InlineData("GET", "/api/v1/namespaces", "list", "namespaces")]
    [InlineData("GET", "/api/v1/namespaces/shop/configmaps/settings", "get", "configmaps")]
    [InlineData("PUT", "/apis/tonari.dev/v1alpha1/namespaces/shop/appmirrors/shop/status", "update", "appmirrors/status")]
    [InlineData("POST", "/apis/tonari.dev/v1alpha1/namespaces/shop/appmirrors", "create", "appmirrors")]
    [InlineData("DELETE", "/api/v1/persistentvolumes/pvc-1", "delete", "persistentvolumes")]
    [InlineData("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale", "patch", "deployments/scale")]
    [InlineData("GET", "/apis", "get", "discovery")]
    [InlineData("GET", "/apis/apps/v1", "get", "discovery")]
    [InlineData("GET", "/api/v1", "get", "discovery")]
    [InlineData("GET", "/version", "get", "discovery")]
    public void A_request_is_named_as_Kubernetes_names_it(string method, string path, string verb, string resource) =>
        ApiRequestSort.Of(new HttpMethod(method), new Uri("https://10.0.0.1:6443" + path)).ShouldBe(new ApiRequestSort(verb, resource));
}
