using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Tonari.Web.Components.Parts;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What stays on the screen when the page changes.</summary>
public sealed class LayoutTests : PageContext
{
    [Fact]
    public void Another_language_leads_back_to_the_page_that_is_shown_and_not_to_the_one_that_was()
    {
        var choice = Render<LanguageChoice>();

        Services.GetRequiredService<NavigationManager>().NavigateTo("storage");

        choice.WaitForAssertion(() => choice.Find("a[lang=ja]").GetAttribute("href").ShouldBe("language?to=ja&back=%2Fstorage"));
    }
}
