using Tonari.Web.Session;

namespace Tonari.Web.Tests.Support;

/// <summary>Drafts of a browser that a test can look into.</summary>
internal sealed class MemoryDrafts : IDrafts
{
    /// <summary>What is kept, by key.</summary>
    public Dictionary<string, object?> Kept { get; } = [];

    public Task<T?> FindAsync<T>(string key) => Task.FromResult(Kept.GetValueOrDefault(key) is T value ? value : default);

    public Task KeepAsync<T>(string key, T value)
    {
        Kept[key] = value;
        return Task.CompletedTask;
    }

    public Task DropAsync(string key)
    {
        Kept.Remove(key);
        return Task.CompletedTask;
    }
}
