using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>No page shows the name of a text instead of the text.</summary>
public sealed partial class TextTests
{
    private static readonly string Web = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "src", "Tonari.Web"));

    private static IEnumerable<(string Prefix, Type Values)> Families =>
    [
        ("Activity.", typeof(ActivityKind)), ("Actor.", typeof(ActivityActor)),
        ("First.", typeof(FirstStepKind)), ("Period.", typeof(Components.Layout.ActivityPeriod)), ("Attention.", typeof(AttentionKind)),
        ("Protection.", typeof(Protection)), ("Health.", typeof(MirrorHealth)), ("State.", typeof(MirrorState)), ("Role.", typeof(MirrorRole)),
        ("Run.", typeof(ApplicationRun)), ("Outcome.", typeof(ActivityOutcome)), ("Pool.", typeof(StoragePoolState)), ("Stage.", typeof(MirrorOperationStage)),
        ("Promotion.", typeof(MirrorPromotionStage)), ("SyncStage.", typeof(MirrorSyncStage)), ("Move.", typeof(MirrorMoveKind)), ("Move.", typeof(MirrorOperationType)),
        ("Hindrance.", typeof(MoveHindrance)), ("Picture.", typeof(PictureCaption)), ("Link.", typeof(PictureLinkLook)),
        ("Tab.", typeof(Components.Layout.ApplicationTab)), ("Fault.", typeof(Actions.DefinitionFault)), ("Phase.", typeof(AppSnapshotPhase)),
        ("HookStage.", typeof(HookStage)), ("OnFailure.", typeof(HookFailurePolicy)), ("HookFault.", typeof(Actions.HookFault)), ("Template.", typeof(Actions.HookTemplate)),
        ("Cause.", typeof(HealthCause)), ("Step.", typeof(OperationStep)), ("StepState.", typeof(StepState)), ("Standing.", typeof(FailureStanding)),
        ("Advice.", typeof(FailureAdvice)),
        ("Configure.", typeof(ConfigureStep)), ("Mistake.", typeof(FormMistake)), ("Fenced.", typeof(FencedAction)), ("Review.Fenced.", typeof(FencedAction)),
        ("CheckOutcome.", typeof(CheckOutcome)), ("Fate.", typeof(DeletionFate)), ("Check.", typeof(PreflightCheckName)),
    ];

    [Theory]
    [InlineData("Texts.resx")]
    [InlineData("Texts.ja.resx")]
    public void Every_text_that_is_used_is_there_and_every_one_that_is_there_is_used(string file)
    {
        var texts = Read(file);
        var families = Families.SelectMany(f => Enum.GetNames(f.Values).Select(n => f.Prefix + n))
            .Concat(Enum.GetNames<FirstStepKind>().SelectMany(n => new[] { $"First.{n}.Text", $"First.{n}.Go" }))
            .Concat(Enum.GetNames<MirrorMoveKind>().SelectMany(n => new[] { $"Move.{n}.Help" }))
            .Concat(Enum.GetNames<ConfigureStep>().Select(n => $"Configure.{n}.Title")).Concat(Enum.GetNames<FencedAction>().Select(n => $"Fenced.{n}.Help"))
            .Concat(Enum.GetNames<HookStage>().Select(n => $"HookStage.{n}.Text")).Concat(Enum.GetNames<Actions.HookTemplate>().Select(n => $"Template.{n}.Text"))
            .Concat(KnownProblems.All.SelectMany(p => new[] { $"Problem.{p}", $"Problem.{p}.Do" })).ToHashSet();
        var named = Directory.EnumerateFiles(Web, "*.razor*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Web, "Components"), "*.cs", SearchOption.AllDirectories)).Distinct()
            .SelectMany(f => Literal().Matches(File.ReadAllText(f)).SelectMany(m => Quoted().Matches(m.Value)).Select(m => m.Groups[1].Value)).ToHashSet();

        families.Union(named).Except(texts.Keys).ShouldBeEmpty();
        texts.Keys.Except(families).Except(named).ShouldBeEmpty();
        texts.Where(t => string.IsNullOrWhiteSpace(t.Value)).ShouldBeEmpty();
    }

    [Fact]
    public void A_translation_has_the_same_places_for_values()
    {
        var (english, japanese) = (Read("Texts.resx"), Read("Texts.ja.resx"));

        foreach (var (name, text) in english)
            Places(japanese[name]).Except(Places(text)).ShouldBeEmpty(name);
    }

    private static Dictionary<string, string> Read(string file) => XDocument.Load(Path.Combine(Web, "Resources", file)).Root!.Elements("data")
        .ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value);

    private static HashSet<string> Places(string text) => [.. Place().Matches(text).Select(m => m.Value)];

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    // T["A"], T["A", more], T[x ? "A" : "B"]; names that are put together are in the families.
    [GeneratedRegex("""\bT\[(?!\$)[^\]\$]*""")]
    private static partial Regex Literal();

    [GeneratedRegex("\"([A-Z][A-Za-z.]+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
