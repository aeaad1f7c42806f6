using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Pairing;

namespace Tonari.Controller.Tests.Pairing;

public sealed class PairingTokenTests
{
    private static readonly PairingToken Token = Tokens.New("10.0.0.1:7443", new string('a', 64), DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_token_survives_copying_with_line_breaks()
    {
        var text = Token.Encode();

        PairingToken.Decode($" {text[..40]}\r\n{text[40..]}\n", out _).ShouldBe(Token);
        text.ShouldMatch("^[A-Za-z0-9_-]+$");
    }

    [Theory]
    [InlineData("")]
    [InlineData("!!!")]
    [InlineData("e30")]
    [InlineData("bnVsbA")]
    [InlineData("W10")]
    public void Other_texts_are_refused_with_a_sentence(string text)
    {
        PairingToken.Decode(text, out var problem).ShouldBeNull();
        problem!.ShouldContain("tonari peer invite");
    }

    [Theory]
    [InlineData("green", false)]
    [InlineData("green:", false)]
    [InlineData("green:0", false)]
    [InlineData("green:65536", false)]
    [InlineData(":7443", false)]
    [InlineData("http://green:7443", false)]
    [InlineData("green/x:7443", false)]
    [InlineData("fd00::1:7443", false)]
    [InlineData("green:7443", true)]
    [InlineData("peer.green.example:443", true)]
    [InlineData("10.0.0.1:7443", true)]
    [InlineData("[fd00::1]:7443", true)]
    public void An_endpoint_is_host_and_port(string text, bool valid)
    {
        PeerEndpoint.IsValid(text).ShouldBe(valid);
    }

    [Fact]
    public void An_invite_recognises_its_token_and_does_not_hold_its_secret()
    {
        var invite = PairingObjects.Invite("tonari-system", "x1", Token);

        PairingObjects.Matches(invite, Token.Secret).ShouldBeTrue();
        PairingObjects.Matches(invite, Token.Secret + "x").ShouldBeFalse();
        PairingObjects.ExpiresAt(invite).ShouldBe(Token.Expires);
        invite.Data.Values.ShouldAllBe(v => !System.Text.Encoding.UTF8.GetString(v).Contains(Token.Secret));
    }
}
