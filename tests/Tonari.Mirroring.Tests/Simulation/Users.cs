namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What users ask for, whether it makes sense now or not.</summary>
internal static class Users
{
    private static readonly MirrorOperationType[] Operations = Enum.GetValues<MirrorOperationType>();

    public static void Act(World world, Cluster side, Happening happening)
    {
        var choice = happening.Choice;
        switch (happening.Kind)
        {
            case HappeningKind.Command:
                Command(world, side, choice);
                break;
            case HappeningKind.Pause:
                var paused = !side.Policy.Paused && choice % 2 == 0;
                if (paused != side.Policy.Paused) world.Tell($"{side.Name}: a user {(paused ? "pauses" : "resumes")}");
                side.Edit(policy => policy with { Paused = paused });
                break;
            case HappeningKind.Edit:
                side.Edit(policy => (choice % 3) switch
                {
                    0 => policy with { Retain = 1 + (choice / 3 % 3) },
                    1 => policy with { Schedule = TimeSpan.FromSeconds(10 + (choice / 3 % 30)) },
                    _ => policy with { OnFenced = policy.OnFenced == FencedAction.Stop ? FencedAction.Warn : FencedAction.Stop },
                });
                break;
            case HappeningKind.Delete:
                world.Delete(side, force: choice % 3 == 0);
                break;
        }
    }

    private static void Command(World world, Cluster side, int choice)
    {
        var type = Operations[choice % Operations.Length];
        choice /= Operations.Length;
        var keep = type == MirrorOperationType.Resync ? world.Clusters[choice % 2].Name : null;
        var snapshots = side.Status.Snapshots;
        var older = type == MirrorOperationType.FailOver && choice % 3 == 0 && snapshots.Count > 0 ? snapshots[choice / 3 % snapshots.Count].Name : null;
        world.Ask(side, type, keep, older, confirmed: choice % 8 != 0);
    }
}
