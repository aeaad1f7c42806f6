using Microsoft.AspNetCore.Components;
using Tonari.Kubernetes.Api;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Components.Define;
using Tonari.Web.Components.Layout;
using Tonari.Web.Components.Parts;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Pages;

/// <summary>Says what an application is, and shows at once what that would hold.</summary>
public partial class DefinePage : LivePage
{
    private DefinitionForm _form = new();
    private bool _begun;
    private bool _saving;
    private bool _tried;
    private bool _looking;
    private int _turn;
    private Caller? _caller;
    private Allowed _may = Allowed.Yes;
    private PreviewView? _preview;
    private string? _previewProblem;
    private IReadOnlyList<DefinitionProblem> _all = [];
    private IReadOnlyList<FieldProblem> _shown = [];
    private IReadOnlyList<string> _namespaces = [];
    private (IReadOnlyList<string> Cluster, IReadOnlyList<string> Namespaced) _kinds = ([], []);

    /// <summary>Of the application that is changed; null for a new one.</summary>
    [Parameter]
    public string? Namespace { get; set; }

    /// <summary>Its name; null for a new one.</summary>
    [Parameter]
    public string? Name { get; set; }

    /// <summary>Namespace that a new one begins with.</summary>
    [SupplyParameterFromQuery(Name = "namespace")]
    public string? First { get; set; }

    private string Title => Name is null ? T["Define.Button"] : T["Define.Change", Name];

    private string Key => Name is null ? "define" : $"define/{Namespace}/{Name}";

    // The definition is an object and lives in a namespace itself.
    private string Home => Namespace ?? _form.Namespaces[0].Name.Trim();

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        if (await Drafts.FindAsync<DefinitionForm>(Key) is { Namespaces.Count: > 0 } draft && (First is null || draft.Namespaces.Any(n => n.Name == First)))
            _form = draft;
        if (_form.Namespaces[0].Name.Length > 0)
            await LookAnewAsync();
        StateHasChanged();
    }

    private protected override async Task LoadAsync(Caller caller, CancellationToken ct)
    {
        _caller = caller;
        if (Definitions.IsNamespace(Home))
        {
            var rights = await Reader.RightsAsync(caller, Home, ct);
            _may = Name is null ? rights.DefineApplication : rights.ChangeApplication;
        }
        if (_begun)
            return;
        _namespaces = [.. (await Discovery.ListAsync(caller, ct)).Select(n => n.Name)];
        _kinds = await Previews.KindsAsync(ct);
        _form = Name is null
            ? new DefinitionForm { Name = First ?? "", Namespaces = [new() { Name = First ?? "" }] }
            : DefinitionForm.Of((await Reader.ApplicationAsync(caller, Namespace!, Name, ct)).Definition ?? new DefineRequest(), Namespace!);
        Check();
        _begun = true;
    }

    private IEnumerable<FieldProblem> ShownOf(string field) => _shown.Where(p => p.Field == field);

    private void Check()
    {
        _all = Definitions.Check(_form.ToRequest() with { Name = Name ?? _form.Name.Trim() });
        _shown = FieldProblem.Of(_all, _tried);
    }

    private Task KeepAsync()
    {
        Check();
        return Drafts.KeepAsync(Key, _form);
    }

    private async Task LookAnewAsync()
    {
        await KeepAsync();
        // What was asked last is shown, whichever answer comes last.
        var turn = ++_turn;
        if (_caller is not { } caller || _all.Any(p => p.Field != "name"))
        {
            // What was seen before is not what is written now.
            (_preview, _previewProblem, _looking) = (null, null, false);
            return;
        }
        _looking = true;
        StateHasChanged();
        PreviewView? preview = null;
        string? problem = null;
        try
        {
            preview = await Previews.LookAsync(caller, Home, _form.ToRequest() with { Name = Name ?? "" }, CancellationToken.None);
        }
        catch (Exception e) when (e is NotAllowedException or NotUnderstoodException or KubernetesApiException)
        {
            problem = e.Message;
        }
        if (turn == _turn)
            (_preview, _previewProblem, _looking) = (preview, problem, false);
    }

    private async Task SaveAsync()
    {
        _tried = true;
        Check();
        if (_all.Count > 0 || _saving)
            return;
        _saving = true;
        var (ns, name) = (Home, Name ?? _form.Name.Trim());
        var saved = await DoAsync(
            (caller, ct) => Name is null ? Actions.DefineAsync(caller, ns, _form.ToRequest(), ct) : Actions.RedefineAsync(caller, ns, name, _form.ToRequest() with { Name = name }, ct),
            Name is null ? T["Done.Defined", name] : T["Done.Saved"]);
        _saving = false;
        if (!saved)
            return;
        await Drafts.DropAsync(Key);
        Navigation.NavigateTo(Addresses.Application(ns, name));
    }

    private async Task LeaveAsync()
    {
        await Drafts.DropAsync(Key);
        Navigation.NavigateTo(Name is null ? Addresses.Applications : Addresses.Application(Namespace!, Name));
    }
}
