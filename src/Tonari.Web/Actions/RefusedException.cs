namespace Tonari.Web.Actions;

/// <summary>What was asked cannot be done as things are.</summary>
/// <param name="message">What is wrong, a sentence.</param>
/// <param name="advice">What to do about it, a sentence.</param>
internal sealed class RefusedException(string message, string advice) : Exception($"{message} {advice}");

/// <summary>What was asked makes no sense.</summary>
internal sealed class NotUnderstoodException(string message) : Exception(message);
