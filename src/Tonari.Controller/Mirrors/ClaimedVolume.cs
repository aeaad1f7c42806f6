namespace Tonari.Controller.Mirrors;

/// <summary>A claim and the volume of an agent here that it stands for.</summary>
/// <param name="Namespace">Of the claim.</param>
/// <param name="Claim">Its name.</param>
/// <param name="Pool">The volume's StoragePool.</param>
/// <param name="VolumeId">Engine volume id.</param>
internal sealed record ClaimedVolume(string Namespace, string Claim, string Pool, string VolumeId);
