namespace Tonari.Engine.Volumes;

/// <summary>Which volumes there are.</summary>
internal sealed class VolumeListing(PoolStore store)
{
    public VolumeSurvey Survey()
    {
        var all = store.VolumeFolders().Select(id => (Id: id, Found: PoolStore.Try(() => store.Find(id)))).ToList();
        return new VolumeSurvey(
            [.. all.Select(v => v.Found.Value).OfType<VolumeState>().Select(s => s.ToVolume())],
            [.. all.Where(v => v.Found.Damage is not null).Select(v => new Damage(v.Id.Value, v.Found.Damage!.Message))]);
    }

    /// <exception cref="FileDamagedException">One of them cannot be used.</exception>
    public IReadOnlyList<Volume> Holding(IReadOnlyCollection<string> prefixes) =>
    [
        .. store.VolumeFolders()
            .Where(id => store.ImageNames(id).Any(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))))
            .Select(store.Find)
            .OfType<VolumeState>()
            .Select(s => s.ToVolume()),
    ];

    public int Count() => store.VolumeFolders().Count(id => File.Exists(store.Paths.VolumeDocument(id)));
}
