using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Tokens of people and of pairings are in no log, answer or entry of the activity, whatever is done with them.</summary>
public sealed class SecretsTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bearer_and_pairing_tokens_and_session_keys_are_told_to_nobody()
    {
        using var watch = new SecretWatch();
        using var loggers = LoggerFactory.Create(l => l.AddProvider(watch).SetMinimumLevel(LogLevel.Trace));
        var api = new FakeKubernetesApi();
        await using var web = await TestWeb.StartAsync(api, loggers: loggers);
        var alice = web.Users.Admin("alice");
        var guest = web.Users.Add("guest", "get,list * *");
        const string madeUp = "eyJ-made-up-token-of-nobody";
        var pairing = new PairingToken("red.example:7443", new string('c', 64), "pairing-very-secret-text", TimeProvider.System.GetUtcNow().AddHours(1));

        foreach (var token in (string[])[alice, guest, madeUp])
        {
            var client = web.Client(token);
            foreach (var path in (string[])["mirrors", "applications", "pools", "peers", "activity", "nothing/there", "namespaces/shop/mirrors/absent"])
                await ShowAsync(watch, await client.GetAsync("/api/v1/" + path, Ct));
            foreach (var (path, body) in ((string, string)[])
            [
                ("peers/joins", $$"""{"token":"{{pairing.Encode()}}"}"""), ("peers/joins", $$"""{"token":"{{pairing.Encode()}}x"}"""), ("peers/invites", "{}"),
                ("namespaces/shop/mirrors/absent/pause", ""), ("pools/absent/manage", "not json " + token),
            ])
            {
                var answer = await client.PostAsync("/api/v1/" + path, new StringContent(body, Encoding.UTF8, "application/json"), Ct);
                // Who makes an invitation gets its token: that is what it is for.
                if (path != "peers/invites")
                    await ShowAsync(watch, answer);
            }
            await ShowAsync(watch, await web.Client().GetAsync("/api/v1/mirrors?access_token=x", Ct));
        }
        foreach (var value in api.All().Where(o => o.Kind() != "Secret"))
            watch.Shown(value.ToJsonString());

        watch.Count.ShouldBeGreaterThan(50);
        var keys = api.All().Where(o => o.Kind() == "Secret").SelectMany(s => (s["data"]?.AsObject() ?? []).Select(pair => pair.Value.Text()!)).Where(t => t.Length > 20);
        watch.Leaks([alice, guest, madeUp, pairing.Secret, pairing.Encode(), .. keys]).ShouldBeEmpty();
    }

    private static async Task ShowAsync(SecretWatch watch, HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldNotBe(HttpStatusCode.InternalServerError);
        watch.Shown($"{answer} {await answer.Content.ReadAsStringAsync(Ct)}");
    }
}
