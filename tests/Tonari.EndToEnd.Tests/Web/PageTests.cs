using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>What holds for every page, whatever is on it.</summary>
public sealed class PageTests(LabFixture fixture) : WebTest(fixture)
{
    [Theory]
    [InlineData("blue")]
    [InlineData("green")]
    public async Task Somebody_with_a_token_signs_in_and_goes_from_page_to_page(string cluster)
    {
        var session = await SignInAsync(Lab[cluster]);

        foreach (var name in (string[])["Applications", "Clusters", "Storage", "Activity"])
        {
            await session.FollowAsync($"Nav.{name}");
            await Assertions.Expect(session.Page).ToHaveTitleAsync($"{session.Words[$"Nav.{name}"]} · Tonari");
        }
    }
}
