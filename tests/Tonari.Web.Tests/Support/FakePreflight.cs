using Tonari.Kubernetes.Resources;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Tests.Support;

/// <summary>A host whose both clusters say what the test says.</summary>
internal sealed class FakePreflight : IMirrorPreflight
{
    public PreflightReport Report { get; set; } = Good;

    /// <summary>What was asked, the last time.</summary>
    public (AppMirror Wanted, bool Define)? Asked { get; private set; }

    public static PreflightReport Good => new()
    {
        Checks =
        [
            new(PreflightSide.Here, "blue", PreflightCheckName.PeerAnswers, CheckOutcome.Passed, Forbids: false),
            new(PreflightSide.There, "green", PreflightCheckName.PoolThere, CheckOutcome.Passed, Forbids: false),
            new(PreflightSide.There, "green", PreflightCheckName.StorageClassesExist, CheckOutcome.Passed, Forbids: true),
        ],
        Volumes = [new("shop/data", 8L << 30, "tonari")],
        StorageClasses = ["tonari", "tonari-fast"],
        Pools = [new("green-main", 22L << 30)],
    };

    public Task<PreflightReport> RunAsync(AppMirror wanted, bool define, CancellationToken ct)
    {
        Asked = (wanted, define);
        return Task.FromResult(Report);
    }

    /// <summary>A report in which one check of the neighbour fails.</summary>
    public static PreflightReport Failing(PreflightCheckName name, bool forbids, string message) =>
        Good with { Checks = [.. Good.Checks.Where(c => c.Name != name), new(PreflightSide.There, "green", name, CheckOutcome.Failed, forbids, name + "Failed", message)] };
}
