using k8s.Models;
using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;

namespace Tonari.Cli.Tests;

/// <summary>Invitation and join, as far as the command line has to do with them.</summary>
public sealed class PairingTests
{
    private static readonly PairingToken Token = new("green.example:7443", new string('a', 64), "c2VjcmV0", Example.Now.AddMinutes(10));

    [Fact]
    public async Task An_invitation_prints_only_the_token_and_leaves_only_its_hash()
    {
        var cli = Blue();

        (await cli.RunAsync("peer invite --expires 30m")).ShouldBe(ExitCode.Done, cli.Shown);

        var token = PairingToken.Decode(cli.Output.ToString(), out _)!;
        token.Endpoint.ShouldBe("blue.example:7443");
        token.Fingerprint.ShouldBe(Example.BlueFingerprint);
        token.Expires.ShouldBe(Example.Now.AddMinutes(30));
        var invite = await cli.Api.GetAsync<V1Secret>(WellKnown.SystemNamespace, "invite-id1xxxxx", TestContext.Current.CancellationToken);
        invite.Type.ShouldBe(PairingObjects.InviteType);
        PairingObjects.Matches(invite, token.Secret).ShouldBeTrue();
        PairingObjects.ExpiresAt(invite).ShouldBe(token.Expires);
        invite.Data.Values.ShouldNotContain(v => System.Text.Encoding.UTF8.GetString(v).Contains(token.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_join_waits_for_the_controller_and_shows_the_neighbour()
    {
        var cli = Blue();
        cli.Clock
            .Then(() => Outcome(cli, PairingObjects.JoinPending, "green.example:7443 does not answer; trying again."))
            .Then(() =>
            {
                cli.Api.Seed(Example.Peer());
                Outcome(cli, PairingObjects.JoinDone, "blue and green are neighbours.", "green");
            });

        (await cli.RunAsync("peer join " + Token.Encode())).ShouldBe(ExitCode.Done, cli.Shown);

        Golden.Matches("peer-join", cli.Shown);
    }

    [Fact]
    public async Task A_token_can_come_from_the_input()
    {
        var cli = Blue();
        cli.Input = Token.Encode() + "\n";
        cli.Clock.Then(() => Outcome(cli, PairingObjects.JoinRefused, "green does not know this token: it was used already."));

        (await cli.RunAsync("peer join -")).ShouldBe(ExitCode.Refused);

        cli.Error.ToString().ShouldContain("green does not know this token");
    }

    [Fact]
    public async Task A_join_whose_secret_is_gone_has_failed()
    {
        var cli = Blue();
        cli.Clock.Then(() => cli.Api.DeleteAsync<V1Secret>(WellKnown.SystemNamespace, "join-id1xxxxx", CancellationToken.None).GetAwaiter().GetResult());

        (await cli.RunAsync("peer join " + Token.Encode())).ShouldBe(ExitCode.Failed);
    }

    [Fact]
    public async Task A_token_that_has_expired_or_is_our_own_is_refused_before_anything_is_written()
    {
        var cli = Blue();

        (await cli.RunAsync("peer join " + (Token with { Expires = Example.Ago(90) }).Encode())).ShouldBe(ExitCode.Refused);
        (await cli.RunAsync("peer join " + (Token with { Fingerprint = Example.BlueFingerprint }).Encode())).ShouldBe(ExitCode.Refused);

        cli.Error.ToString().ShouldContain("This token expired 90s ago.");
        cli.Error.ToString().ShouldContain("This token was made by blue itself.");
        cli.Api.Requests.ShouldNotContain(r => r.Writes);
    }

    [Fact]
    public async Task Without_a_controller_the_error_says_so()
    {
        var cli = new TestCli();

        (await cli.RunAsync("peer invite")).ShouldBe(ExitCode.Failed);

        cli.Error.ToString().ShouldContain("there is no ConfigMap tonari-system/tonari-info");
    }

    private static TestCli Blue()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info());
        return cli;
    }

    private static void Outcome(TestCli cli, string outcome, string message, string? peer = null)
    {
        var join = cli.Api.GetAsync<V1Secret>(WellKnown.SystemNamespace, "join-id1xxxxx", CancellationToken.None).GetAwaiter().GetResult();
        join.Metadata.Annotations = new Dictionary<string, string> { [PairingObjects.OutcomeAnnotation] = outcome, [PairingObjects.MessageAnnotation] = message };
        if (peer is not null)
        {
            join.Metadata.Annotations[PairingObjects.PeerAnnotation] = peer;
        }

        cli.Api.Seed(join);
    }
}
