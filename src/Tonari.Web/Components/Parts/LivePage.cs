using System.Threading.Channels;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Tonari.Kubernetes.Api;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Changes;
using Tonari.Web.Reading;
using Tonari.Web.Resources;

namespace Tonari.Web.Components.Parts;

/// <summary>
/// A page that shows what is. It is told of changes by the copies in memory and looks at those again; no request leaves the process for it but
/// reviews of the reader's rights.
/// </summary>
public abstract partial class LivePage : ComponentBase, IAsyncDisposable
{
    /// <summary>Changes come in bursts: not more often than this is the page made anew.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _end = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private IDisposable? _subscription;
    private Task _following = Task.CompletedTask;

    [Inject]
    internal ClusterReader Reader { get; set; } = default!;

    [Inject]
    internal ChangeFeed Feed { get; set; } = default!;

    [Inject]
    internal Permissions Permissions { get; set; } = default!;

    [Inject]
    internal ILogger<LivePage> Logger { get; set; } = default!;

    [Inject]
    internal TimeProvider Time { get; set; } = default!;

    [Inject]
    internal IStringLocalizer<Texts> T { get; set; } = default!;

    [Inject]
    internal ISnackbar Snackbar { get; set; } = default!;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    /// <summary>Why nothing can be shown; null: it can.</summary>
    protected string? Problem { get; private set; }

    /// <summary>How often it is looked at without a change: ages and rights go on.</summary>
    private protected virtual TimeSpan Tick => Usual;

    /// <summary>Now, for ages.</summary>
    protected DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Reads what the page shows.</summary>
    private protected abstract Task LoadAsync(Caller caller, CancellationToken ct);

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() => LookAsync();

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        // Not before: the page that is sent first is made once and forgotten.
        if (!firstRender)
            return;
        _subscription = Feed.Subscribe(_ => _news.Writer.TryWrite(true));
        _following = FollowAsync();
    }

    /// <summary>Does something in the reader's name and says what came of it.</summary>
    private protected async Task<bool> DoAsync(Func<Caller, CancellationToken, Task> action, string done)
    {
        if (await TryAsync(action) is { } refusal)
        {
            Snackbar.Add(refusal, Severity.Error);
            return false;
        }
        Snackbar.Add(done, Severity.Success);
        await LookAsync();
        return true;
    }

    /// <summary>Does something in the reader's name; says why it could not be done, or null.</summary>
    private protected async Task<string?> TryAsync(Func<Caller, CancellationToken, Task> action)
    {
        try
        {
            await action(await CallerAsync(), _end.Token);
            return null;
        }
        catch (Exception e) when (e is NotAllowedException or NotSignedInException or RefusedException or NotUnderstoodException or KubernetesApiException)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _subscription?.Dispose();
        await _end.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task FollowAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            using var tick = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            await Task.WhenAny(_news.Reader.WaitToReadAsync(tick.Token).AsTask(), Task.Delay(Tick, Time, tick.Token));
            await tick.CancelAsync();
            _news.Reader.TryRead(out _);
            if (_end.IsCancellationRequested)
                return;
            await InvokeAsync(async () =>
            {
                await LookAsync();
                StateHasChanged();
            });
            await Task.Delay(Rest, Time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await LoadAsync(await CallerAsync(), _end.Token);
            Problem = null;
        }
        catch (Exception e) when (e is NotAllowedException or NotSignedInException or KubernetesApiException)
        {
            Problem = e.Message;
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (Exception e)
        {
            // One bad look must not end a page that people watch: what it showed stays, and it goes on.
            Problem = T["LookFailed"];
            LogLookFailed(Logger, GetType().Name, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Page} could not be looked at and tries again")]
    private static partial void LogLookFailed(ILogger logger, string page, Exception e);

    private async Task<Caller> CallerAsync() =>
        Authentication is null ? throw new NotSignedInException() : await Permissions.CallerAsync((await Authentication).User, _end.Token);
}
