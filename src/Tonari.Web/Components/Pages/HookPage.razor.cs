using Microsoft.AspNetCore.Components;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Components.Define;
using Tonari.Web.Components.Hooks;
using Tonari.Web.Components.Layout;
using Tonari.Web.Components.Parts;
using Tonari.Web.Reading;
using Tonari.Web.Session;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Pages;

/// <summary>Writes a hook, and shows at once where it would run.</summary>
public partial class HookPage : LivePage
{
    private HookForm _form = new();
    private bool _begun;
    private bool _saving;
    private bool _tried;
    private int _turn;
    private Caller? _caller;
    private Allowed _may = Allowed.Yes;
    private string _application = "";
    private IReadOnlyList<HookProblem> _all = [];
    private HookMatchesView? _matches;
    private string? _matchProblem;

    /// <summary>Namespace of the application and its hooks.</summary>
    [Parameter]
    public string Namespace { get; set; } = "";

    /// <summary>Name of the application.</summary>
    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>Name of the hook that is changed; null for a new one.</summary>
    [Parameter]
    public string? Hook { get; set; }

    /// <summary>Template that a new one begins with.</summary>
    [SupplyParameterFromQuery(Name = "template")]
    public string? Template { get; set; }

    [Inject]
    internal HookActions Actions { get; set; } = default!;

    [Inject]
    internal HookMatches Matches { get; set; } = default!;

    [Inject]
    internal IDrafts Drafts { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    private string Title => Hook is null ? T["Hooks.New"] : T["Hooks.Change", Hook];

    private string Key => $"hook/{Namespace}/{Name}/{Hook}/{Template}";

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        if (await Drafts.FindAsync<HookForm>(Key) is { } draft)
            _form = draft;
        await LookAnewAsync();
        StateHasChanged();
    }

    private protected override async Task LoadAsync(Caller caller, CancellationToken ct)
    {
        _caller = caller;
        var rights = await Reader.RightsAsync(caller, Namespace, ct);
        _may = Hook is null ? rights.CreateHook : rights.ChangeHook;
        if (_begun)
            return;
        var given = Hook is null
            ? Enum.TryParse<HookTemplate>(Template, ignoreCase: true, out var template) && HookTemplates.All.TryGetValue(template, out var one) ? one : new HookRequest()
            : (await Reader.HooksAsync(caller, Namespace, ct)).FirstOrDefault(h => h.Name == Hook)?.Definition
                ?? throw new ResourceNotFoundException($"There is no ExecHook {Hook} in namespace {Namespace}.");
        // A hook of every application stays one.
        _application = Hook is null ? Name : given.Application ?? "";
        _form = HookForm.Of(given);
        Check();
        _begun = true;
    }

    private void Check() => _all = HookDefinitions.Check(_form.ToRequest(_application) with { Name = Hook ?? _form.Name.Trim() }, Actions.NamespacesOf(Namespace, _application));

    private string? Invalid(string field) => Of(field).Any() ? "true" : null;

    // That something is still empty is not said to somebody who has not come to it yet.
    private IEnumerable<FieldProblem> Of(params string[] fields) => _all
        .Where(p => fields.Contains(p.Field) && (_tried || p.Part.Length > 0)).Select(p => new FieldProblem(p.Field, p.Fault.ToString(), p.Part))
        .Concat(fields.Contains("timeout") && !_form.HasTimeout ? [new FieldProblem("timeout", nameof(HookFault.BadTimeout), _form.Timeout)] : []);

    private Task KeepAsync()
    {
        Check();
        return Drafts.KeepAsync(Key, _form);
    }

    private Task ChooseAsync(HookStage stage, bool chosen)
    {
        if (chosen)
            _form.Stages.Add(stage);
        else
            _form.Stages.Remove(stage);
        return KeepAsync();
    }

    private async Task LookAnewAsync()
    {
        await KeepAsync();
        var turn = ++_turn;
        if (_caller is not { } caller || _all.Any(p => p.Fault is HookFault.BadLabels or HookFault.BadImage or HookFault.ForeignNamespace))
        {
            // What was seen before is not what is written now.
            (_matches, _matchProblem) = (null, null);
            return;
        }
        HookMatchesView? matches = null;
        string? problem = null;
        try
        {
            matches = await Matches.FindAsync(caller, Namespace, _form.ToRequest(_application), CancellationToken.None);
        }
        catch (Exception e) when (e is NotAllowedException or NotUnderstoodException or KubernetesApiException)
        {
            problem = e.Message;
        }
        // What was asked last is shown, whichever answer comes last.
        if (turn == _turn)
            (_matches, _matchProblem) = (matches, problem);
    }

    private async Task SaveAsync()
    {
        _tried = true;
        Check();
        if (_all.Count > 0 || !_form.HasTimeout || _saving)
            return;
        _saving = true;
        var request = _form.ToRequest(_application) with { Name = Hook ?? _form.Name.Trim() };
        var saved = await DoAsync(
            (caller, ct) => Hook is null ? Actions.CreateAsync(caller, Namespace, request, ct) : Actions.ChangeAsync(caller, Namespace, Hook, request, ct), T["Done.Saved"]);
        _saving = false;
        if (saved)
            await LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        await Drafts.DropAsync(Key);
        Navigation.NavigateTo(Addresses.Application(Namespace, Name, ApplicationTab.Hooks));
    }
}
