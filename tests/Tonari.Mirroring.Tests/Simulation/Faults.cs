namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>What goes wrong.</summary>
internal static class Faults
{
    /// <summary>One of the things that are broken works again.</summary>
    public static void Mend(World world, int choice)
    {
        var side = world.Clusters[choice & 1];
        switch (choice / 2 % 4)
        {
            case 0 or 1:
                world.Network.SetCut(false);
                break;
            case 2 when side.ApiDown:
                side.ApiDown = false;
                world.Tell($"{side.Name}: the API server is back");
                break;
            case 3:
                side.AwayUntil = world.Now;
                side.Unready = false;
                if (side.Policy.Paused) side.Edit(policy => policy with { Paused = false });
                break;
        }
    }

    public static void Strike(World world, Cluster side, Happening happening)
    {
        var choice = happening.Choice;
        switch (happening.Kind)
        {
            case HappeningKind.Crash:
                world.Tell($"{side.Name}: the controller is killed and starts again");
                side.Crash(choice % 2 == 0);
                break;
            case HappeningKind.Absence:
                world.Tell($"{side.Name}: the controller is killed and stays away for {choice % 60} s");
                side.Crash(choice % 2 == 0);
                side.AwayUntil = world.Now + TimeSpan.FromSeconds(choice % 60);
                break;
            case HappeningKind.Reboot:
                world.Tell($"{side.Name}: the node agent is killed and starts again");
                side.Controller.BreakAll();
                side.Serving.Crash(agentFinishes: false);
                break;
            case HappeningKind.Toggle:
                world.Network.SetCut(!world.Network.Cut);
                break;
            case HappeningKind.Drop:
                world.Network.Drop(choice);
                break;
            case HappeningKind.Duplicate:
                world.Network.Duplicate(choice);
                break;
            case HappeningKind.Delay:
                world.Network.Delay(choice);
                break;
            case HappeningKind.Corrupt:
                side.Corrupt = 1 + (choice % 2);
                break;
            case HappeningKind.Outage:
                side.ApiDown = !side.ApiDown;
                world.Tell($"{side.Name}: the API server {(side.ApiDown ? "goes away" : "is back")}");
                break;
            case HappeningKind.LoseReply:
                side.LoseReply = true;
                break;
            case HappeningKind.HookFails:
                side.HookFails = true;
                break;
            case HappeningKind.Unready:
                side.Unready = !side.Unready;
                world.Tell($"{side.Name}: pods are {(side.Unready ? "slow to start and end" : "quick again")}");
                break;
            case HappeningKind.Jump:
                world.Now += TimeSpan.FromSeconds(1 + (choice % (choice % 7 == 0 ? 700 : 90)));
                world.Tell("nothing got a turn for a while");
                break;
        }
    }
}
