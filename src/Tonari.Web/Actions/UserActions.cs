using Tonari.Kubernetes.Api;
using Tonari.Web.Access;
using Tonari.Web.Journal;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>
/// The one way by which users change anything: asks for their permissions, so that a refusal is in our words, writes in their name, so that the
/// API server judges once more and its audit log names them, and says who did what, in the log and the journal.
/// </summary>
internal sealed partial class UserActions(
    IKubernetesApi api, Permissions permissions, IActivityJournal journal, TimeProvider time, ILogger<UserActions> logger)
{
    /// <summary>Does it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="action">What he asks for.</param>
    /// <param name="write">Does it by the API it is given, which acts in his name; throws <see cref="RefusedException"/> when it cannot be done as things are.</param>
    /// <param name="ct">Ends it; what has been written stays.</param>
    /// <exception cref="NotAllowedException">He may not, or the API server says so.</exception>
    public async Task<T> RunAsync<T>(Caller caller, UserAction action, Func<IKubernetesApi, Task<T>> write, CancellationToken ct)
    {
        var at = time.GetUtcNow();
        try
        {
            foreach (var need in action.Needs)
                await permissions.DemandAsync(caller, need, ct);
            var done = await WriteAsync(caller, write);
            Tell(caller, action, at, ActivityOutcome.Succeeded, null);
            return done;
        }
        catch (Exception e) when (e is NotAllowedException or RefusedException or NotUnderstoodException)
        {
            Tell(caller, action, at, ActivityOutcome.Refused, e.Message);
            throw;
        }
        catch (KubernetesApiException e)
        {
            Tell(caller, action, at, ActivityOutcome.Failed, e.Message);
            throw;
        }
    }

    /// <summary>Does something that has no result.</summary>
    public Task RunAsync(Caller caller, UserAction action, Func<IKubernetesApi, Task> write, CancellationToken ct) =>
        RunAsync(caller, action, async acting =>
        {
            await write(acting);
            return true;
        }, ct);

    private async Task<T> WriteAsync<T>(Caller caller, Func<IKubernetesApi, Task<T>> write)
    {
        try
        {
            return await write(api.As(caller.AsUser()));
        }
        catch (ApiForbiddenException e) when (!IsOurFault(e))
        {
            // Roles changed within seconds, an admission check, or a permission that was not asked for.
            throw new NotAllowedException(caller, e);
        }
    }

    // Whoever installed Tonari has taken the verb away by which it acts for others.
    private static bool IsOurFault(ApiForbiddenException e) => e.Message.Contains("cannot impersonate resource", StringComparison.Ordinal);

    private void Tell(Caller caller, UserAction action, DateTimeOffset at, ActivityOutcome outcome, string? message)
    {
        var user = OneLine.Of(caller.Name);
        var which = action.Namespace is null ? action.Name : $"{action.Namespace}/{action.Name}";
        var detail = OneLine.Of(message ?? action.Detail);
        LogDone(logger, user, action.Kind, which, outcome, detail);
        journal.Record(new ActivityEntry(at, caller.Name, action.Kind, outcome)
        {
            Namespace = action.Namespace,
            Name = action.Name,
            Application = action.Application,
            Operation = action.Operation,
            Message = message ?? action.Detail,
        });
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{User}: {Kind} {Object}: {Outcome}. {Detail}")]
    private static partial void LogDone(ILogger logger, string? user, ActivityKind kind, string? @object, ActivityOutcome outcome, string? detail);
}
