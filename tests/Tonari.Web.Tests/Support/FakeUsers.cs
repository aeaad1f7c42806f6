using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Testing;

namespace Tonari.Web.Tests.Support;

/// <summary>Users, their tokens, and what they may, as an API server would review them.</summary>
internal sealed class FakeUsers
{
    private readonly Dictionary<string, string> _tokens = [];
    private readonly List<Rule> _rules = [];

    public FakeUsers(FakeKubernetesApi api)
    {
        api.OnReview = Review;
        // The API server's own judgement of what is written in a user's name, by the same rules as its reviews.
        api.OnActing = (user, request) => _rules.Any(r => r.Allows(user.Name, request.Verb, request.Kind.Plural, request.Namespace, request.Name));
    }

    /// <summary>A user who may do everything; returns his token.</summary>
    public string Admin(string name = "admin") => Add(name, new Rule(name, "*", "*", "*"));

    /// <summary>A user who may do what the rules say, each "verb resource namespace", * for any; returns his token.</summary>
    public string Add(string name, params string[] rules) => Add(name, [.. rules.Select(r => r.Split(' ')).Select(p => new Rule(name, p[0], p[1], p[2]))]);

    /// <summary>A user may do something to one object alone.</summary>
    public void Allow(string name, string verb, string resource, string ns, string objectName) => _rules.Add(new Rule(name, verb, resource, ns, objectName));

    /// <summary>The token no longer works.</summary>
    public void Withdraw(string token) => _tokens.Remove(token);

    private string Add(string name, params Rule[] rules)
    {
        _rules.AddRange(rules);
        var token = "token-of-" + name;
        _tokens[token] = name;
        return token;
    }

    private JsonObject Review(JsonObject review)
    {
        var spec = review["spec"]!;
        if (review.Kind() == "TokenReview")
        {
            return _tokens.TryGetValue(spec["token"].Text()!, out var name)
                ? new JsonObject { ["authenticated"] = true, ["user"] = new JsonObject { ["username"] = name, ["groups"] = new JsonArray("system:authenticated") } }
                : new JsonObject { ["authenticated"] = false };
        }
        var asked = spec["resourceAttributes"]!;
        return new JsonObject
        {
            ["allowed"] = _rules.Any(r => r.Allows(spec["user"].Text()!, asked["verb"].Text()!, asked["resource"].Text()!, asked["namespace"].Text(), asked["name"].Text())),
        };
    }

    private sealed record Rule(string User, string Verb, string Resource, string Namespace, string? Name = null)
    {
        // Without namespace everything is asked for: a rule for one namespace does not give that.
        public bool Allows(string user, string verb, string resource, string? ns, string? name) =>
            User == user && Verb.Split(',').Any(v => v == "*" || v == verb) && Resource.Split(',').Any(r => r == "*" || r == resource)
            && (Namespace == "*" || Namespace == ns) && (Name is null || Name == name);
    }
}
