namespace Tonari.EndToEnd.Tests.Web;

/// <summary>What the person in front of the browser has and likes.</summary>
internal sealed record Viewer
{
    /// <summary><c>en</c> or <c>ja</c>, which the browser asks for.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Whether the machine is set to dark.</summary>
    public bool Dark { get; init; }

    /// <summary>Width of the window in pixels.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Height of the window in pixels.</summary>
    public int Height { get; init; } = 800;

    /// <summary>Time zone, by its IANA name.</summary>
    public string Zone { get; init; } = "Europe/Berlin";
}
