using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Tonari.Kubernetes.Api;
using Tonari.Web.Access;

namespace Tonari.Web.Session;

/// <summary>Ends open pages whose session has ended: they make no requests by which that would be noticed.</summary>
internal sealed class OpenPages(ILoggerFactory loggers, TokenReviews tokens, TimeProvider time) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    /// <inheritdoc/>
    protected override TimeSpan RevalidationInterval => SessionLimits.Look;

    /// <inheritdoc/>
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            return await Sessions.GoesOnAsync(authenticationState.User, tokens, time, cancellationToken);
        }
        catch (KubernetesApiException)
        {
            // Nothing is known of the token now. The page shows nothing new in the meantime: every look needs an answer, too.
            return true;
        }
    }
}
