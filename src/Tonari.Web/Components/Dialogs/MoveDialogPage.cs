using Microsoft.AspNetCore.Components;
using MudBlazor;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Components.Parts;
using Tonari.Web.Session;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Dialogs;

/// <summary>
/// A dialog about one move. What it shows goes on changing with the mirror; what was decided in it outlives a lost connection and a refusal, which
/// is shown in it.
/// </summary>
public abstract class MoveDialogPage : LivePage
{
    private MirrorView? _fresh;

    /// <summary>The mirror as it was when the dialog was opened.</summary>
    [Parameter, EditorRequired]
    public MirrorView Mirror { get; set; } = default!;

    [Inject]
    internal MirrorActions Actions { get; set; } = default!;

    [Inject]
    internal IDrafts Drafts { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The mirror as it is.</summary>
    protected internal MirrorView Shown => _fresh ?? Mirror;

    /// <summary>What was decided so far.</summary>
    protected internal MoveForm Form { get; private set; } = new();

    /// <summary>Why it was refused.</summary>
    protected internal string? Refusal { get; private set; }

    /// <summary>It is being asked for.</summary>
    protected internal bool Working { get; private set; }

    /// <summary>The move.</summary>
    protected internal abstract MirrorMoveKind Kind { get; }

    /// <summary>Something may be lost by it: the application's name has to be typed.</summary>
    protected internal virtual bool IsTyped => false;

    /// <summary>Everything that has to be chosen is.</summary>
    protected virtual bool IsChosen => true;

    /// <summary>It can be asked for.</summary>
    protected internal bool Complete => IsChosen && !Working && (!IsTyped || Form.Typed.Trim() == Shown.Application);

    /// <summary>Hooks of the application, where the reader may see them.</summary>
    protected IReadOnlyList<HookView> Hooks { get; private set; } = [];

    private string Draft => $"move/{Kind}/{Mirror.Namespace}/{Mirror.Name}";

    /// <summary>What is asked for; null where it is no operation.</summary>
    private protected abstract OperationRequest? Operation { get; }

    /// <summary>Asks for it.</summary>
    private protected virtual Task ActAsync(Caller caller, CancellationToken ct) => Actions.AskAsync(caller, Mirror.Namespace, Mirror.Name, Operation!, ct);

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && await Drafts.FindAsync<MoveForm>(Draft) is { } kept)
        {
            Form = kept;
            StateHasChanged();
        }
    }

    private protected override async Task LoadAsync(Caller caller, CancellationToken ct)
    {
        _fresh = await Reader.MirrorAsync(caller, Mirror.Namespace, Mirror.Name, ct);
        Hooks = await Permissions.AllowsAsync(caller, Permission.To<ExecHook>("list", Mirror.Namespace), ct)
            ? [.. (await Reader.HooksAsync(caller, Mirror.Namespace, ct)).Where(h => h.Application.Length == 0 || h.Application == Mirror.Application)]
            : [];
    }

    /// <summary>Something was typed or chosen.</summary>
    protected internal Task KeepAsync() => Drafts.KeepAsync(Draft, Form);

    /// <summary>Asks for it, and closes when it was accepted.</summary>
    protected internal async Task SubmitAsync()
    {
        if (!Complete)
            return;
        Working = true;
        Refusal = await TryAsync(ActAsync);
        Working = false;
        if (Refusal is null)
            await CloseAsync(DialogResult.Ok(Kind));
    }

    /// <summary>Gives it up.</summary>
    protected internal Task CancelAsync() => CloseAsync(DialogResult.Cancel());

    /// <summary>Gives it up for another move, whose dialog is opened instead.</summary>
    private protected Task InsteadAsync(MirrorMoveKind other) => CloseAsync(DialogResult.Ok(new MoveInstead(other)));

    private async Task CloseAsync(DialogResult result)
    {
        await Drafts.DropAsync(Draft);
        Dialog.Close(result);
    }
}

/// <summary>Somebody chose another move than the one the dialog was about.</summary>
/// <param name="Kind">That move.</param>
internal sealed record MoveInstead(MirrorMoveKind Kind);
