namespace Tonari.Web.Resources;

/// <summary>Stands for <c>Texts.resx</c> and its translations.</summary>
public sealed class Texts;
