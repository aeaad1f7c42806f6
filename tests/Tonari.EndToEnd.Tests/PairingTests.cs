using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>Who may become a neighbour, and who not.</summary>
public sealed class PairingTests(LabFixture fixture) : LabTest(fixture)
{
    [Fact]
    public async Task A_token_is_good_for_one_pairing()
    {
        var token = TwoClusters.Token((await Lab.OnGreen.RunAsync(Ct, "peer", "invite")).Output);
        await Lab.OnBlue.RunAsync(Ct, "peer", "join", token);

        var again = await Lab.OnBlue.TryAsync(Ct, "peer", "join", token);

        again.ExitCode.ShouldBe(3, again.Error);
        again.Error.ShouldContain("used", Case.Insensitive);
    }

    [Fact]
    public async Task A_token_with_a_wrong_secret_is_refused_and_logged()
    {
        var token = TwoClusters.Token((await Lab.OnGreen.RunAsync(Ct, "peer", "invite")).Output);

        var refused = await Lab.OnBlue.TryAsync(Ct, "peer", "join", WithSecret(token, new string('A', 43)));

        refused.ExitCode.ShouldBe(3, refused.Error);
        (await Green.KubectlAsync(Ct, "-n", "tonari-system", "logs", "deployment/tonari-controller", "--tail=100")).ShouldContain("refused", Case.Insensitive);
    }

    [Fact]
    public async Task An_expired_token_is_refused_by_the_cluster_that_made_it()
    {
        var token = TwoClusters.Token((await Lab.OnGreen.RunAsync(Ct, "peer", "invite", "--expires", "1s")).Output);

        // The joiner's own look at the clock is not what protects the inviter: give it a token that claims to be good for longer.
        var claimed = With(token, json => json["expires"] = "2099-01-01T00:00:00+00:00");
        var expired = TimeProvider.System.GetUtcNow().AddSeconds(1);
        await Eventually.TrueAsync("the token to expire", Soon, _ => Task.FromResult(TimeProvider.System.GetUtcNow() > expired ? null : "not yet"), Ct);
        var refused = await Lab.OnBlue.TryAsync(Ct, "peer", "join", claimed);

        refused.ExitCode.ShouldBe(3, refused.Error);
        refused.Error.ShouldContain("expired", Case.Insensitive);
    }

    [Fact]
    public async Task A_token_whose_fingerprint_is_not_the_gateways_gets_no_connection()
    {
        var token = TwoClusters.Token((await Lab.OnGreen.RunAsync(Ct, "peer", "invite")).Output);

        var refused = await Lab.OnBlue.TryAsync(Ct, "peer", "join", With(token, json => json["fingerprint"] = new string('0', 64)), "--timeout", "20s");

        refused.ExitCode.ShouldBeOneOf(3, 5);
        refused.ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task A_strangers_certificate_gets_no_data()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=green", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var fingerprint = (string)(await Blue.GetAsync("/api/v1/namespaces/tonari-system/configmaps/tonari-info", Ct))!["data"]!["fingerprint"]!;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && Convert.ToHexStringLower(SHA256.HashData(shown.GetRawCertData())) == fingerprint,
            },
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        HttpStatusCode? status = null;
        try
        {
            using var response = await client.GetAsync(new Uri($"https://{Blue.NodeAddress}:7443/v1/mirrors/aaaaaaaaaa/volumes/shop%2Fdata/delta?to=m-aaaaaaaaaa-e1-s1"), Ct);
            status = response.StatusCode;
        }
        catch (HttpRequestException)
        {
            // The connection was refused, which is as good.
        }

        if (status is { } answered) answered.ShouldBeOneOf(HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized);
    }

    private static string WithSecret(string token, string secret) => With(token, json => json["secret"] = secret);

    // The token's form is public: base64url of a JSON object.
    private static string With(string token, Action<JsonObject> change)
    {
        var padded = token.Replace('-', '+').Replace('_', '/').PadRight((token.Length + 3) / 4 * 4, '=');
        var json = JsonNode.Parse(Convert.FromBase64String(padded))!.AsObject();
        change(json);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(json.ToJsonString())).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }
}
