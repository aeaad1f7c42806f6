using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Transform;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Capture;

/// <summary>Who may create Applications in one namespace gets nothing of another by it.</summary>
public class ApplicationConsentTests
{
    private readonly FakeKubernetesApi _api = new();

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("other", false)]
    [InlineData("shops", false)]
    [InlineData("shop", true)]
    [InlineData("other, shop", true)]
    [InlineData("*", true)]
    public async Task Another_namespace_is_captured_only_if_it_lets_the_applications_of_this_one(string? annotation, bool lets)
    {
        Seed(annotation);
        var capture = CaptureAsync(new ApplicationSpec { Namespaces = [new ApplicationNamespace { Name = "shop" }, new ApplicationNamespace { Name = "bank" }] });

        if (lets)
            (await capture).Resources.Objects.ShouldContain(o => o.Kind() == "Secret" && o.Namespace() == "bank");
        else
            (await Should.ThrowAsync<ConsentMissingException>(capture)).Message.ShouldContain("kubectl annotate namespace bank tonari.dev/applications=");
        _api.Requests.ShouldAllBe(r => lets || r.Kind.Kind == "Namespace" && r.Verb == "get");
    }

    [Fact]
    public async Task Its_own_namespace_needs_nobodys_consent_and_one_that_is_not_there_holds_nothing()
    {
        Seed(null);
        await CaptureAsync(new ApplicationSpec());
        await CaptureAsync(new ApplicationSpec { Namespaces = [new ApplicationNamespace { Name = "shop" }, new ApplicationNamespace { Name = "absent" }] });
    }

    [Theory]
    [InlineData("reader", null, false)]
    [InlineData("reader", "shop", true)]
    [InlineData(null, null, false)]
    [InlineData(null, "*", true)]
    public async Task An_object_of_the_cluster_is_captured_only_if_it_lets_the_applications_of_this_namespace(string? name, string? annotation, bool lets)
    {
        Seed(null);
        _api.SeedYaml($"{{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{ name: reader, annotations: {{ tonari.dev/applications: '{annotation}' }} }} }}");
        var capture = CaptureAsync(new ApplicationSpec
        {
            ClusterResources = [new ClusterResourceChoice { Group = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = name }],
        });

        if (lets)
            (await capture).Resources.Objects.ShouldContain(o => o.Kind() == "ClusterRole");
        else
            (await Should.ThrowAsync<ConsentMissingException>(capture)).Message.ShouldContain("ClusterRole reader");
    }

    [Fact]
    public async Task What_is_told_by_a_preview_follows_the_rights_of_who_looks()
    {
        Seed(null);
        var application = Shop(new ApplicationSpec { Namespaces = [new ApplicationNamespace { Name = "bank" }] });
        (await new ApplicationCapture(_api, new FakeTimeProvider()).LookAsync(application, CancellationToken.None)).Application.Resources.Objects.ShouldNotBeEmpty();
    }

    [Fact]
    public void Consent_travels_under_the_names_of_the_other_cluster()
    {
        var ns = YamlJson.Parse("{ apiVersion: v1, kind: Namespace, metadata: { name: bank, annotations: { tonari.dev/applications: 'shop,other' } } }").AsObject();
        var options = new TransformOptions { MirrorId = "abcdefghij", NamespaceMapping = new Dictionary<string, string> { ["shop"] = "shop-dr" } };
        ResourceTransform.Apply(ns, options).Annotation(ApplicationConsent.Annotation).ShouldBe("shop-dr,other");
    }

    private void Seed(string? annotation) => _api.SeedYaml($$"""
        { apiVersion: v1, kind: Namespace, metadata: { name: shop } }
        ---
        { apiVersion: v1, kind: Namespace, metadata: { name: bank, annotations: { tonari.dev/applications: '{{annotation}}' } } }
        ---
        { apiVersion: v1, kind: Secret, metadata: { name: vault, namespace: bank } }
        """);

    private Task<CapturedApplication> CaptureAsync(ApplicationSpec spec) =>
        new ApplicationCapture(_api, new FakeTimeProvider()).CaptureAsync(Shop(spec), "blue", CancellationToken.None);

    private static Application Shop(ApplicationSpec spec) => new() { Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" }, Spec = spec };
}
