namespace Tonari.Web.Views;

/// <summary>Where a hook would run now.</summary>
/// <param name="Namespace">Namespace of the pods.</param>
/// <param name="Containers">The running containers that match.</param>
public sealed record HookMatchesView(string Namespace, IReadOnlyList<HookMatchView> Containers);

/// <summary>A running container.</summary>
/// <param name="Pod">Name of its pod.</param>
/// <param name="Container">Its name.</param>
/// <param name="Image">Its image.</param>
public sealed record HookMatchView(string Pod, string Container, string? Image);
