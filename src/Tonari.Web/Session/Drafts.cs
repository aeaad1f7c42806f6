using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;

namespace Tonari.Web.Session;

/// <summary>
/// What somebody has typed and not sent yet, kept by his own browser until he closes the tab or signs out. It outlives a lost connection, a
/// reloaded page and a controller that is started again.
/// </summary>
/// <remarks>Never for tokens or passwords: every script of this site can read it.</remarks>
internal interface IDrafts
{
    /// <summary>What was kept; null where nothing was, where it no longer fits the type, and while the page is only being prepared.</summary>
    /// <param name="key">Names the form and what it is about, for example <c>configure/shop/shop</c>.</param>
    public Task<T?> FindAsync<T>(string key);

    /// <summary>Keeps it instead of what was kept before. What is longer than <see cref="SessionLimits.Draft"/> is not kept.</summary>
    public Task KeepAsync<T>(string key, T value);

    /// <summary>It was sent, or given up.</summary>
    public Task DropAsync(string key);
}

/// <summary>In the browser's session storage, each user's apart.</summary>
internal sealed class Drafts(IJSRuntime script, AuthenticationStateProvider authentication) : IDrafts
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <inheritdoc/>
    public async Task<T?> FindAsync<T>(string key)
    {
        string? text = null;
        await TryAsync(async name => text = await script.InvokeAsync<string?>("tonari.drafts.find", name), key);
        try
        {
            return text is null ? default : JsonSerializer.Deserialize<T>(text, Json);
        }
        catch (JsonException)
        {
            // From before an update of Tonari.
            return default;
        }
    }

    /// <inheritdoc/>
    public Task KeepAsync<T>(string key, T value)
    {
        var text = JsonSerializer.Serialize(value, Json);
        return text.Length > SessionLimits.Draft ? DropAsync(key) : TryAsync(name => script.InvokeVoidAsync("tonari.drafts.keep", name, text), key);
    }

    /// <inheritdoc/>
    public Task DropAsync(string key) => TryAsync(name => script.InvokeVoidAsync("tonari.drafts.drop", name), key);

    private async Task TryAsync(Func<string, ValueTask> action, string key)
    {
        var user = (await authentication.GetAuthenticationStateAsync()).User.Identity?.Name;
        try
        {
            await action($"{user}/{key}");
        }
        catch (Exception e) when (e is InvalidOperationException or JSException or JSDisconnectedException or OperationCanceledException)
        {
            // No browser yet, none any more, or one that keeps nothing: a draft is a kindness, nothing waits for it.
        }
    }
}
