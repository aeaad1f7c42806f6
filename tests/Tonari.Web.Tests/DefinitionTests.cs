using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Actions;
using Tonari.Web.Components.Define;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What somebody writes to define an application, and what is kept of it.</summary>
public sealed class DefinitionTests : BunitContext
{
    [Fact]
    public void What_is_written_is_kept_and_can_be_written_again()
    {
        var request = new DefineRequest(
            "shop", [new("shop"), new("billing", "app=shop,tier in (db,web)")], [new("ClusterRole.rbac.authorization.k8s.io", "shop-reader")],
            [new("Secret", "local-only"), new("Ingress.networking.k8s.io")]);

        var spec = Definitions.Read(request);

        spec.Namespaces[0].Selector.ShouldBeNull();
        spec.Namespaces[1].Selector.ToQuery().ShouldBe("app=shop,tier in (db,web)");
        spec.ClusterResources.ShouldHaveSingleItem().ShouldBe(new ClusterResourceChoice { Group = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "shop-reader" });
        spec.Excludes.ShouldBe([new ResourceExclude { Kind = "Secret", Name = "local-only" }, new ResourceExclude { Group = "networking.k8s.io", Kind = "Ingress" }]);
        var again = Definitions.Write(new Application { Metadata = Shop.Meta("shop", "shop"), Spec = spec });
        Definitions.Read(again).Namespaces[1].Selector.ToQuery().ShouldBe("app=shop,tier in (db,web)");
        DefinitionForm.Of(again, "shop").ToRequest().Excludes.ShouldBe([new("Secret", "local-only"), new("Ingress.networking.k8s.io", "")]);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_its_place()
    {
        var problems = Definitions.Check(new DefineRequest(
            "Shop", [new("shop"), new("shop", "app=="), new("kube_system", "a in b")], [new("", "x"), new("ClusterRole", "x", "a=b")], [new(" ")]));

        problems.Select(p => (p.Field, p.Fault)).ShouldBe(
        [
            ("name", DefinitionFault.BadName), ("namespaces[1].name", DefinitionFault.NamespaceTwice), ("namespaces[2].name", DefinitionFault.BadNamespace),
            ("namespaces[2].selector", DefinitionFault.BadSelector), ("clusterResources[0].kind", DefinitionFault.NoKind),
            ("clusterResources[1].name", DefinitionFault.NameAndSelector), ("excludes[0].kind", DefinitionFault.NoKind),
        ]);
        problems[3].Sentence.ShouldBe("namespaces[2].selector: 'a in b' is not understood. Write it like app=shop,tier in (db,web),!test.");
    }

    [Fact]
    public void A_line_says_what_is_wrong_with_it_and_can_be_added_and_removed()
    {
        Services.AddLogging().AddLocalization();
        var form = new DefinitionForm { Namespaces = [new() { Name = "shop" }] };
        var looked = 0;
        var page = Render<DefinitionRows>(p => p
            .Add(r => r.Field, "namespaces").Add(r => r.Legend, "Namespaces").Add(r => r.Add, "Add a namespace").Add(r => r.Rows, form.Namespaces)
            .Add(r => r.WithSelector, true).Add(r => r.Least, 1).Add(r => r.Changed, () => looked++)
            .Add(r => r.Problems, FieldProblem.Of(Definitions.Check(new DefineRequest("shop", [new("shop"), new("web", "a in b")])), tried: false)));

        page.Find(".tonari-remove").HasAttribute("disabled").ShouldBeTrue();
        page.Find(".tonari-add").Click();
        page.Find("#namespaces-1-name").Change("web");
        page.Find("#namespaces-1-selector").Change("a in b");

        (form.Namespaces[1].Name, form.Namespaces[1].Selector, looked).ShouldBe(("web", "a in b", 2));
        page.Find("#namespaces-1-selector").GetAttribute("aria-invalid").ShouldBe("true");
        page.Find("#namespaces-1-problem").TextContent.ShouldContain("“a in b” is not understood");
        page.FindAll(".tonari-remove")[1].Click();
        form.Namespaces.ShouldHaveSingleItem();
    }
}
