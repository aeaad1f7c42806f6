using Microsoft.AspNetCore.Components;
using MudBlazor;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Components.Layout;
using Tonari.Web.Session;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Pages;

/// <summary>
/// Where the replication of an application is configured, in steps. The step is in the address; what is typed is in the browser, so it outlives a
/// lost connection and a reload; nothing is made before Save.
/// </summary>
public sealed partial class ConfigurePage
{
    /// <summary>As long as something stands in the way both clusters are asked again, for it may be mended meanwhile.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    private ConfigureForm _form = new();
    private ApplicationView? _application;
    private MirrorView? _mirror;
    private IReadOnlyList<NeighbourView>? _peers;
    private PreflightReport? _report;
    private string? _reportOf;
    private DateTimeOffset _reportAt;
    private string? _checkProblem;
    private string? _refusal;
    private bool _denied;
    private bool _loaded;
    private bool _interactive;
    private bool _asking;
    private int _turn;
    private ConfigureStep? _tried;
    private ConfigureStep? _seen;
    private bool _focus;
    private ElementReference _heading;

    /// <summary>Namespace of the application.</summary>
    [Parameter]
    public string Namespace { get; set; } = "";

    /// <summary>Its name.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>Name of the step.</summary>
    [SupplyParameterFromQuery(Name = "step")]
    public string? StepName { get; set; }

    [Inject]
    internal MirrorActions Actions { get; set; } = default!;

    [Inject]
    internal PreflightActions Preflight { get; set; } = default!;

    [Inject]
    internal IDrafts Drafts { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    private string Draft => $"configure/{Namespace}/{Name}";

    private ReplicationSubject Subject => ReplicationSubject.Of(Namespace, Name, _application, _report);

    private ConfigureStep Wanted => Enum.TryParse<ConfigureStep>(StepName, ignoreCase: true, out var step) && Enum.IsDefined(step) ? step : ConfigureStep.Destination;

    // An address may name a step that what was typed does not reach.
    private ConfigureStep Current => Wanted < _form.Furthest(Subject) ? Wanted : _form.Furthest(Subject);

    private bool Tried => _tried == Current;

    // What was said of another form says nothing of this one.
    private PreflightReport? Checked => _reportOf == _form.Destination ? _report : null;

    private bool CanSave => Checked is { CanSave: true };

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        _focus = _seen is { } seen && seen != Current;
        _seen = Current;
        _refusal = null;
        if (Current == ConfigureStep.Check)
            Ask();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _interactive = true;
            if (await Drafts.FindAsync<ConfigureForm>(Draft) is { } kept)
                (_form, _seen) = (kept, null);
            ChooseOnlyPeer();
            Ask();
            StateHasChanged();
        }
        else if (_focus)
        {
            _focus = false;
            await _heading.FocusAsync();
        }
    }

    private protected override async Task LoadAsync(Caller caller, CancellationToken ct)
    {
        _denied = !await Permissions.AllowsAsync(caller, Permission.To<AppMirror>("create", Namespace), ct);
        _application = (await Reader.ApplicationsAsync(caller, Namespace, ct)).FirstOrDefault(a => a.Name == Name);
        _mirror = await Reader.MirrorOfAsync(caller, Namespace, Name, ct);
        _peers = await Permissions.AllowsAsync(caller, Permission.To<ClusterPeer>("list"), ct) ? await Reader.PeersAsync(caller, ct) : null;
        _loaded = true;
        ChooseOnlyPeer();
        if (Current == ConfigureStep.Check && Checked is not { IsClean: true } && Now - _reportAt > AskAgain)
            Ask();
    }

    private void ChooseOnlyPeer()
    {
        if (_form.Peer.Length == 0 && _peers is [var only])
            _form.Peer = only.Name;
    }

    private Task KeepAsync() => Drafts.KeepAsync(Draft, _form);

    private async Task PeerChosenAsync()
    {
        // The classes were those of another neighbour.
        _report = null;
        _form.Classes.Clear();
        await KeepAsync();
        // Somebody who may not list neighbours types a name: it is asked about when it is complete.
        if (_peers is not null)
            Ask();
    }

    private async Task NextAsync()
    {
        var step = Current;
        if (_form.ProblemsOf(step, Subject).Count > 0)
        {
            _tried = step;
            return;
        }
        _tried = null;
        if (step < ConfigureStep.Check)
            Navigation.NavigateTo(Addresses.Configure(Namespace, Name, step + 1));
        else if (CanSave)
            await SaveAsync();
    }

    private async Task SaveAsync()
    {
        _refusal = await TryAsync((caller, ct) => Actions.ConfigureAsync(caller, Namespace, _form.ToRequest(Subject), ct));
        if (_refusal is not null)
            return;
        await Drafts.DropAsync(Draft);
        Snackbar.Add(T["Done.Configured"], Severity.Success);
        Navigation.NavigateTo(Addresses.Replication(Namespace, Name));
    }

    private void Ask() => _ = CheckAsync();

    /// <summary>Asks both clusters, beside whatever is typed meanwhile. The last question counts.</summary>
    private async Task CheckAsync()
    {
        if (!_interactive || _mirror is not null || _denied || string.IsNullOrWhiteSpace(_form.Peer))
            return;
        // Before the names are settled only what the neighbour offers is of interest.
        var (turn, of) = (++_turn, Current == ConfigureStep.Check ? _form.Destination : null);
        var request = of is null ? new ConfigureRequest(Name, _form.Peer.Trim(), Define: !Subject.Defined) : _form.ToRequest(Subject);
        _asking = true;
        PreflightReport? report = null;
        var problem = await TryAsync(async (caller, ct) => report = await Preflight.RunAsync(caller, Namespace, request, ct));
        if (turn != _turn)
            return;
        (_asking, _checkProblem, _reportAt) = (false, problem, Now);
        if (report is not null)
        {
            (_report, _reportOf) = (report, of);
            _form.Suggest(Subject, report.StorageClasses);
        }
        StateHasChanged();
        if (report is not null && Current == ConfigureStep.Check && Checked is null)
            Ask();
    }
}
