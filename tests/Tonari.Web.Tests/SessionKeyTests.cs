using System.Text;
using System.Xml.Linq;
using k8s.Models;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Testing;
using Tonari.Web.Hosting;
using Tonari.Web.Session;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>The keys of sessions are renewed before they end, and nobody is signed out by it.</summary>
public sealed class SessionKeyTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_is_about_to_end_gets_a_successor_that_every_controller_knows_before_it_is_used()
    {
        var (api, now) = (new FakeKubernetesApi(), TimeProvider.System.GetUtcNow());
        SeedKey(api, now.AddDays(-80), now.AddDays(10));
        var one = Make(api);

        await one.Keys.EnsureAsync(one.Manager, Ct);
        await one.Keys.EnsureAsync(one.Manager, Ct);

        var keys = one.Manager.GetAllKeys().OrderBy(k => k.ExpirationDate).ToList();
        keys.Count.ShouldBe(2);
        keys[1].ActivationDate.ShouldBeGreaterThan(now.AddDays(1));
        keys[1].ExpirationDate.ShouldBeGreaterThan(now.AddDays(60));
        // Meanwhile the old one is used, by every controller.
        var session = one.Protector.Protect("session");
        var other = Make(api);
        await other.Keys.EnsureAsync(other.Manager, Ct);
        other.Manager.GetAllKeys().Count.ShouldBe(2);
        other.Protector.Unprotect(session).ShouldBe("session");
    }

    [Fact]
    public async Task A_running_controller_looks_at_its_keys_by_itself()
    {
        var (api, now, time) = (new FakeKubernetesApi(), TimeProvider.System.GetUtcNow(), new FakeTimeProvider(Shop.Now));
        Shop.Seed(api);
        await using var web = await TestWeb.StartAsync(api, time);
        api.All().Single(IsKeys)["data"]!["keys.xml"]!.GetValue<string>().ShouldNotBeEmpty();
        SeedKey(api, now.AddDays(-80), now.AddDays(10));

        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromHours(7));
            return KeysIn(api).Count() == 2;
        }, "a key is made");
    }

    private static bool IsKeys(System.Text.Json.Nodes.JsonObject value) => value["metadata"]!["name"]!.GetValue<string>() == SessionKeys.SecretName;

    private static IEnumerable<XElement> KeysIn(FakeKubernetesApi api) =>
        XElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(api.All().Single(IsKeys)["data"]!["keys.xml"]!.GetValue<string>()))).Elements();

    private static void SeedKey(FakeKubernetesApi api, DateTimeOffset from, DateTimeOffset until)
    {
        var scratch = Make(new FakeKubernetesApi());
        scratch.Manager.CreateNewKey(from, until);
        api.Seed(new V1Secret
        {
            Metadata = Shop.Meta(SessionKeys.SecretName, "tonari-system"),
            Type = "Opaque",
            Data = new Dictionary<string, byte[]> { ["keys.xml"] = Encoding.UTF8.GetBytes(new XElement("keys", scratch.Keys.GetAllElements()).ToString()) },
        });
    }

    private static (SessionKeys Keys, IKeyManager Manager, IDataProtector Protector) Make(FakeKubernetesApi api)
    {
        var keys = new SessionKeys(api, new WebOptions("blue", "0.1.0", "tonari-system", 0), TimeProvider.System, NullLogger<SessionKeys>.Instance);
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("tonari").DisableAutomaticKeyGeneration();
        services.AddOptions<KeyManagementOptions>().Configure(o => o.XmlRepository = keys);
        var provider = services.BuildServiceProvider();
        return (keys, provider.GetRequiredService<IKeyManager>(), provider.GetRequiredService<IDataProtectionProvider>().CreateProtector("test"));
    }
}
