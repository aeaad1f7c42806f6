using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Wording;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Components.Layout;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Application;

/// <summary>What an application is made of, how well it is protected, and what to do next.</summary>
public partial class OverviewTab : ApplicationTabPage
{
    private ApplicationView? _application;
    private NamespaceRights? _rights;
    private DateTimeOffset? _lastSnapshot;
    private Caller? _caller;
    private bool _looking;
    private PreviewView? _preview;
    private string? _previewProblem;

    private protected override async Task LoadAsync(Caller caller, CancellationToken ct)
    {
        _caller = caller;
        _rights = await Reader.RightsAsync(caller, Namespace, ct);
        var mirror = await Permissions.AllowsAsync(caller, Permission.To<Kubernetes.Resources.AppMirror>("list", Namespace), ct)
            ? await Reader.MirrorOfAsync(caller, Namespace, Name, ct)
            : null;
        var taken = await Permissions.AllowsAsync(caller, Permission.To<Kubernetes.Resources.AppSnapshot>("list", Namespace), ct)
            ? await Reader.SnapshotsAsync(caller, Namespace, Name, ct)
            : [];
        _lastSnapshot = taken.Select(s => s.TakenAt).Concat((mirror?.Snapshots ?? []).Select(s => (DateTimeOffset?)s.TakenAt)).Max();
        _application = await Reader.ApplicationAsync(caller, Namespace, Name, ct);
    }

    private string Sentence(ApplicationView application) => application switch
    {
        { Protection: Protection.Protected, From: { } from, To: { } to, LagSeconds: { } lag } => T["Protection.Protected.Text", from, to, Format.Age(TimeSpan.FromSeconds(lag))],
        { Protection: Protection.Pending, To: { } to } => T["Protection.Pending.Text", to],
        { Protection: Protection.Attention } => T["Protection.Attention.Text"],
        { Protection: Protection.AtRisk } => T["Protection.AtRisk.Text"],
        { Protection: Protection.NotReplicated } => T["Protection.NotReplicated.Text"],
        _ => "",
    };

    private async Task LookIntoAsync(ApplicationView application)
    {
        _looking = true;
        try
        {
            _preview = await Previews.LookAsync(_caller!, Namespace, application.Definition!, CancellationToken.None);
        }
        catch (Exception e) when (e is NotAllowedException or NotUnderstoodException or KubernetesApiException)
        {
            _previewProblem = e.Message;
        }
        _looking = false;
    }

    private async Task ForgetAsync()
    {
        if (await Dialogs.ShowMessageBoxAsync(T["Overview.Forget"], T["Overview.Forget.Text", Name], yesText: T["Overview.Forget"], cancelText: T["Cancel"]) != true)
            return;
        if (await DoAsync((caller, ct) => Actions.ForgetAsync(caller, Namespace, Name, ct), T["Done.Forgotten", Name]))
            Navigation.NavigateTo(Addresses.Applications);
    }
}
