using System.Net;
using System.Net.Sockets;
using System.Text;
using k8s.Models;
using Tonari.Cli.Connection;
using Tonari.Cli.Terminal;
using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Pairing;
using Tonari.Testing;

namespace Tonari.Cli.Tests;

/// <summary>Pairing tokens and what a kubeconfig holds are told to nobody, also where things go wrong and everything behind it is asked for.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Password = "correct-horse-battery-staple";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static readonly string Encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Password));
    private static readonly PairingToken Token = new("green.example:7443", new string('a', 64), "pairing-very-secret-text-of-32-by", Example.Now.AddMinutes(10));
    private readonly string _folder = Directory.CreateTempSubdirectory("tonari-cli-").FullName;
    private readonly SecretWatch _watch = new();

    public void Dispose()
    {
        _watch.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static TheoryData<string> JoinsThatFail => new()
    {
        "Secret in version \"v1\" cannot be handled as a Secret: error found in #10 byte of ...|ken\":\"{0}\"|..., bigger context ...|{0}|...",
        "admission webhook \"policy.example.org\" denied the request: {1} is no token",
        "admission webhook \"policy.example.org\" denied the request: {2}",
    };

    [Theory]
    [MemberData(nameof(JoinsThatFail))]
    public async Task A_join_that_the_API_server_refuses_and_repeats_is_not_repeated_here(string words)
    {
        var said = words
            .Replace("{0}", Convert.ToBase64String(Encoding.UTF8.GetBytes(Token.Encode())), StringComparison.Ordinal)
            .Replace("{1}", Token.Encode(), StringComparison.Ordinal)
            .Replace("{2}", Token.Secret, StringComparison.Ordinal);
        foreach (var error in (KubernetesApiException[])
        [
            new ResourceInvalidException(said, HttpStatusCode.UnprocessableEntity, "Invalid"), new ApiForbiddenException(said, HttpStatusCode.Forbidden),
            new ApiUnavailableException(said, HttpStatusCode.InternalServerError), new ResourceConflictException(said),
        ])
        {
            var cli = Cli();
            cli.Api.OnRequest = r => _ = r is { Verb: "create", Kind.Kind: "Secret" } ? throw error : 0;

            (await cli.RunAsync("peer join -v " + Token.Encode())).ShouldBeOneOf(ExitCode.Refused, ExitCode.Failed);

            cli.Error.ToString().ShouldContain("not repeated");
            _watch.Shown(cli.Shown);
        }
        NothingLeaked(Token.Secret, Token.Encode());
    }

    [Fact]
    public async Task Who_may_not_make_Secrets_is_told_so()
    {
        var cli = Cli();
        cli.Api.OnRequest = r => _ = r is { Verb: "create", Kind.Kind: "Secret" }
            ? throw new ApiForbiddenException("secrets is forbidden: User \"ann\" cannot create resource \"secrets\" in API group \"\"", HttpStatusCode.Forbidden) : 0;

        (await cli.RunAsync("peer join -v " + Token.Encode())).ShouldBe(ExitCode.Refused);

        cli.Error.ToString().ShouldContain("User \"ann\" cannot create");
    }

    [Fact]
    public async Task A_pairing_is_told_to_the_output_of_the_invitation_alone()
    {
        var inviting = Cli();
        (await inviting.RunAsync("peer invite -v")).ShouldBe(ExitCode.Done, inviting.Shown);
        var token = PairingToken.Decode(inviting.Output.ToString(), out _)!;
        _watch.Shown(inviting.Error.ToString());
        foreach (var line in (string[])["-v {0}", "{0} -v --timeout 1s", "{0} -v -o yaml --timeout 1s", "{0}x -v", "{0} {0} -v"])
        {
            foreach (var expired in (bool[])[false, true])
            {
                var cli = Cli();
                cli.Clock.Endless = true;
                cli.Clock.Then(() => cli.Clock.Endless = true);
                var text = (expired ? token with { Fingerprint = new string('b', 64), Expires = Example.Ago(90) } : token with { Fingerprint = new string('b', 64) }).Encode();
                (await cli.RunAsync("peer join " + line.Replace("{0}", text, StringComparison.Ordinal) + (line.Contains("timeout", StringComparison.Ordinal) ? "" : " --timeout 1s"))).ShouldNotBe(ExitCode.Done);
                _watch.Shown(cli.Shown);
                foreach (var value in cli.Api.All().Where(o => o.Kind() != "Secret"))
                    _watch.Shown(value.ToJsonString());
            }
        }
        NothingLeaked(token.Secret, token.Encode());
    }

    /// <summary>What a kubeconfig can hold: <c>{p}</c> is the secret, <c>{b}</c> its Base64, <c>{port}</c> where somebody answers.</summary>
    public static TheoryData<string> Users => new()
    {
        "token: {p}",
        "token: [ {p} ]",
        "token: \"{p}",
        "token: {p}\n    token: {p}",
        "{p}: {p}",
        "username: ann\n    password: {p}",
        "tokenFile: /nowhere/{port}\n    token: {p}",
        "client-certificate-data: {b}\n    client-key-data: {b}",
        "client-certificate-data: '!{p}!'\n    client-key-data: '!{p}!'",
        "client-certificate-data: {certificate}\n    client-key-data: '!{p}!'",
        "client-certificate-data: {certificate}\n    client-key-data: {b}",
        "client-certificate-data: {certificate}\n    client-key-data: {key}",
        "client-certificate-data: {certificate}\n    client-key-data: {otherkey}",
        "exec: { apiVersion: client.authentication.k8s.io/v1, command: /nowhere/plugin, env: [ { name: PASSWORD, value: {p} } ], interactiveMode: Never }",
        "exec: { apiVersion: client.authentication.k8s.io/v1, command: sh, args: [ -c, 'echo {p} broken; exit 0' ], interactiveMode: Never }",
        "exec: { apiVersion: client.authentication.k8s.io/v1, command: sh, args: [ -c, 'echo {p} >&2; exit 3' ], interactiveMode: Never }",
    };

    [Theory]
    [MemberData(nameof(Users))]
    public async Task What_a_kubeconfig_holds_is_not_told_whatever_is_wrong(string user)
    {
        using var identity = ClusterIdentity.Make("ann", TimeProvider.System.GetUtcNow()).Certificate;
        using var other = ClusterIdentity.Make("bob", TimeProvider.System.GetUtcNow()).Certificate;
        var (own, others) = (new ClusterIdentity(identity, "").ToSecret("x"), new ClusterIdentity(other, "").ToSecret("x"));
        using var server = new OddServer();
        var filled = user.Replace("{port}", $"{server.Port}", StringComparison.Ordinal)
            .Replace("{certificate}", Convert.ToBase64String(own.Data["tls.crt"]), StringComparison.Ordinal)
            .Replace("{key}", Convert.ToBase64String(own.Data["tls.key"]), StringComparison.Ordinal)
            .Replace("{otherkey}", Convert.ToBase64String(others.Data["tls.key"]), StringComparison.Ordinal)
            .Replace("{b}", Encoded, StringComparison.Ordinal).Replace("{p}", Password, StringComparison.Ordinal);

        foreach (var address in (string[])[$"http://127.0.0.1:{server.Port}", "https://127.0.0.1:1", $"https://ann:{Password}@127.0.0.1:1", $"nonsense://{Password}", Password])
        {
            var file = Path.Combine(_folder, "config");
            await File.WriteAllTextAsync(file, $$"""
                apiVersion: v1
                kind: Config
                current-context: blue
                contexts: [ { name: blue, context: { cluster: blue, user: ann } } ]
                clusters: [ { name: blue, cluster: { server: '{{address}}' } } ]
                users:
                - name: ann
                  user:
                    {{filled}}
                """, Ct);
            foreach (var line in (string[])["mirror list -v", "version -v", "peer invite -v"])
            {
                var (code, shown) = await RunAsync([.. line.Split(' '), "--kubeconfig", file]);
                code.ShouldBeOneOf(ExitCode.Failed, ExitCode.Refused);
                shown.ShouldContain("Error: ");
                _watch.Shown(shown);
            }
        }
        NothingLeaked([Password, Encoded, .. KeyLines(own), .. KeyLines(others)]);
    }

    private static async Task<(int Code, string Shown)> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        var services = new CliServices(
            _ => new UserTerminal(TextReader.Null, output, output, TerminalFeatures.Plain), options => KubeconfigConnector.Connect(options, TimeProvider.System), TimeProvider.System, new SystemRandomness());
        return (await CliHost.RunAsync(services, args, output, output, Ct), output.ToString());
    }

    private static TestCli Cli()
    {
        var cli = new TestCli();
        cli.Api.Seed(Example.Info());
        return cli;
    }

    private void NothingLeaked(params IReadOnlyList<string> secrets)
    {
        _watch.Count.ShouldBeGreaterThan(3);
        _watch.Leaks(secrets).ShouldBeEmpty();
    }

    private static IEnumerable<string> KeyLines(V1Secret identity) =>
        Encoding.UTF8.GetString(identity.Data["tls.key"]).Split('\n').Where(line => line.Length > 40 && !line.StartsWith('-')).Append(Convert.ToBase64String(identity.Data["tls.key"]));

    /// <summary>Answers every request with something else that is no answer.</summary>
    private sealed class OddServer : IDisposable
    {
        private static readonly string[] Answers = ["401 Unauthorized", "403 Forbidden", "500 Oops", "200 OK", "302 Found"];
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _next;

        public OddServer()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync(CancellationToken.None);
                    await using var stream = client.GetStream();
                    using var reader = new StreamReader(stream, leaveOpen: true);
                    while (await reader.ReadLineAsync(CancellationToken.None) is { Length: > 0 })
                    {
                    }
                    var answer = Answers[_next++ % Answers.Length];
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<oh>"), CancellationToken.None);
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    if (!_listener.Server.IsBound)
                        return;
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
