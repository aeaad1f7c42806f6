using System.Security.Claims;
using k8s;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;

namespace Tonari.Web.Access;

/// <summary>
/// Judges every request by the caller's own rights in Kubernetes: this process reads and writes with its own credentials only what he could
/// have read and written himself.
/// </summary>
internal sealed class Permissions(IKubernetesApi api, TokenReviews tokens, TimeProvider time)
{
    private readonly ShortMemory<(string Caller, Permission Permission), bool> _memory = new(AccessLimits.Permissions, time);

    /// <summary>Who a principal is now.</summary>
    /// <exception cref="NotSignedInException">Its token is not valid any more, or it has none.</exception>
    public async Task<Caller> CallerAsync(ClaimsPrincipal principal, CancellationToken ct) =>
        CallerClaims.VouchedFor(principal) is { } vouched ? vouched
        : CallerClaims.TokenOf(principal) is { } token && await tokens.FindAsync(token, ct) is { } caller ? caller : throw new NotSignedInException();

    /// <summary>Whether the caller may.</summary>
    public async Task<bool> AllowsAsync(Caller caller, Permission permission, CancellationToken ct)
    {
        var key = (IdentityOf(caller), permission);
        if (_memory.TryRecall(key, out var known))
            return known;
        var review = await api.CreateAsync(Review(caller, permission), ct);
        var allowed = review.Status is { Allowed: true };
        _memory.Remember(key, allowed, AccessLimits.PermissionMemory);
        return allowed;
    }

    /// <summary>Returns when the caller may.</summary>
    /// <exception cref="NotAllowedException">He may not.</exception>
    public async Task DemandAsync(Caller caller, Permission permission, CancellationToken ct)
    {
        if (!await AllowsAsync(caller, permission, ct))
            throw new NotAllowedException(caller, permission);
    }

    /// <summary>
    /// The objects the caller may list, ordered by namespace and name. In one namespace he must be allowed to; over all of them he sees those he is allowed to.
    /// </summary>
    /// <exception cref="NotAllowedException">He may not list in the namespace asked for, or the kind has no namespaces and he may not list it.</exception>
    public async Task<IReadOnlyList<T>> VisibleAsync<T>(Caller caller, string? ns, IEnumerable<T> items, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var sorted = items.Where(i => ns is null || i.Metadata.NamespaceProperty == ns)
            .OrderBy(i => i.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(i => i.Metadata.Name, StringComparer.Ordinal).ToList();
        var everywhere = Permission.To<T>("list", ns);
        if (ns is not null || !ResourceKind.Of<T>().Namespaced)
        {
            await DemandAsync(caller, everywhere, ct);
            return sorted;
        }
        if (await AllowsAsync(caller, everywhere, ct))
            return sorted;
        var visible = new List<T>();
        foreach (var group in sorted.GroupBy(i => ObjectKey.Of(i).Namespace))
        {
            if (await AllowsAsync(caller, Permission.To<T>("list", group.Key), ct))
                visible.AddRange(group);
        }
        return visible;
    }

    // The API server may know the same name with other groups: both count.
    private static string IdentityOf(Caller caller) => string.Join('\n', [
        caller.Name, caller.Uid ?? "", .. caller.Groups.Order(StringComparer.Ordinal),
        .. caller.Extra.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={string.Join(',', e.Value)}")]);

    private static V1SubjectAccessReview Review(Caller caller, Permission permission) => new()
    {
        Spec = new V1SubjectAccessReviewSpec
        {
            User = caller.Name,
            Uid = caller.Uid,
            Groups = [.. caller.Groups],
            Extra = caller.Extra.Count == 0 ? null : caller.Extra.ToDictionary(),
            ResourceAttributes = new V1ResourceAttributes
            {
                Verb = permission.Verb,
                Group = permission.Group,
                Resource = permission.Resource,
                NamespaceProperty = permission.Namespace,
                Name = permission.Name,
            },
        },
    };
}
