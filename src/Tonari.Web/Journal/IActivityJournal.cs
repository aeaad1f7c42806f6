using Tonari.Web.Views;

namespace Tonari.Web.Journal;

/// <summary>Writes down who did what.</summary>
internal interface IActivityJournal
{
    /// <summary>Takes an entry and returns at once: nothing that people do waits for the journal or fails with it.</summary>
    public void Record(ActivityEntry entry);
}
