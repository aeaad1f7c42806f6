using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Tests;

/// <summary>Selectors are written as for kubectl, and what is not one is named.</summary>
public sealed class LabelSelectorTextTests
{
    [Theory]
    [InlineData("app=shop", "app=shop")]
    [InlineData(" app == shop , tier in (db, web)", "app=shop,tier in (db,web)")]
    [InlineData("!test,app.kubernetes.io/name", "!test,app.kubernetes.io/name")]
    [InlineData("env notin (dev),env!=qa", "env notin (dev),env notin (qa)")]
    [InlineData("empty=", "empty=")]
    [InlineData("a=1,a=1", "a=1")]
    [InlineData("  ", null)]
    public void What_is_written_selects_the_same_when_it_is_asked_for(string text, string? query)
    {
        LabelSelectorText.TryParse(text, out var selector, out _).ShouldBeTrue();

        selector.ToQuery().ShouldBe(query);
    }

    [Theory]
    [InlineData("app=shop,", "")]
    [InlineData("app=shop web", "app=shop web")]
    [InlineData("tier in db", "tier in db")]
    [InlineData("tier in (db", "tier in (db")]
    [InlineData("a=1,b>2", "b>2")]
    [InlineData("app=-x", "app=-x")]
    [InlineData("Example.com/app=x", "Example.com/app=x")]
    [InlineData("a=1,a=2", "a=2")]
    public void What_is_no_selector_is_named(string text, string part)
    {
        LabelSelectorText.TryParse(text, out var selector, out var found).ShouldBeFalse();

        (selector, found).ShouldBe((null, part));
    }
}
