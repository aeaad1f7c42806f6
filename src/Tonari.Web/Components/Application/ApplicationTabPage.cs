using Microsoft.AspNetCore.Components;
using Tonari.Web.Components.Parts;

namespace Tonari.Web.Components.Application;

/// <summary>A part of an application's page: it looks for itself and goes on looking.</summary>
public abstract class ApplicationTabPage : LivePage
{
    /// <summary>Namespace of the application.</summary>
    [Parameter, EditorRequired]
    public string Namespace { get; set; } = "";

    /// <summary>Its name.</summary>
    [Parameter, EditorRequired]
    public string Name { get; set; } = "";
}
