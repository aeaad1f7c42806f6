namespace Tonari.Lab.Rows;

/// <summary>One numbered row that the writer tried to commit.</summary>
/// <param name="Number">Its number; each is tried once.</param>
/// <param name="Side">The cluster it was sent to.</param>
/// <param name="SentAt">When its transaction was sent.</param>
/// <param name="AcknowledgedAt">When the server had acknowledged the commit; null when it never did, and nobody knows whether it is there.</param>
public sealed record LedgerEntry(long Number, string Side, DateTimeOffset SentAt, DateTimeOffset? AcknowledgedAt);
