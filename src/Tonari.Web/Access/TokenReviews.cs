using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Web.Access;

/// <summary>Asks the API server whose a bearer token is.</summary>
internal sealed class TokenReviews(IKubernetesApi api, TimeProvider time) : IDisposable
{
    // By digest: the memory holds no token that could be read out of it.
    private readonly ShortMemory<string, Caller?> _memory = new(AccessLimits.Tokens, time);
    private readonly SemaphoreSlim _turns = new(AccessLimits.ReviewsAtATime);

    /// <summary>Who shows this token; null when it is not valid.</summary>
    /// <exception cref="KubernetesApiException">The API server could not be asked: nothing is known of the token.</exception>
    public async Task<Caller?> FindAsync(string token, CancellationToken ct)
    {
        if (token.Length is 0 or > AccessLimits.LongestToken)
            return null;
        var key = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (_memory.TryRecall(key, out var known))
            return known;
        await _turns.WaitAsync(ct);
        try
        {
            if (_memory.TryRecall(key, out known))
                return known;
            var caller = await AskAsync(token, ct);
            _memory.Remember(key, caller, caller is null ? AccessLimits.RefusalMemory : AccessLimits.TokenMemory);
            return caller;
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private async Task<Caller?> AskAsync(string token, CancellationToken ct)
    {
        var review = await api.CreateAsync(new V1TokenReview { Spec = new V1TokenReviewSpec { Token = token } }, ct);
        return review.Status is { Authenticated: true, User: { Username: { Length: > 0 } name } user }
            ? new Caller(name, user.Uid, [.. user.Groups ?? []], user.Extra?.ToDictionary() ?? [])
            : null;
    }
}
