namespace Tonari.Node.Agent;

/// <summary>Every limit of the agent, with its reason.</summary>
internal static class AgentLimits
{
    /// <summary>An application's captured resources, compressed. etcd holds a few gigabytes at most, and this is kept in memory while it travels.</summary>
    public const int ResourcesBytes = 64 << 20;

    /// <summary>One message of a stream of pieces (agent.proto).</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Of a refusal's body: a sentence, and room for a proxy's page.</summary>
    public const int RefusalCharacters = 2000;

    /// <summary>All reading for proofs on this node together. A quarter of what one spinning disk gives, so that applications hardly notice; 1 TiB takes 4.7 hours.</summary>
    public const long ProofBytesPerSecond = 64 << 20;

    /// <summary>Reading while a replica is healed: no sync goes on until it is right again, so it may be noticed. Each retained snapshot of the volume is read once.</summary>
    public const long HealBytesPerSecond = 512 << 20;

    /// <summary>Digests in one message (regions.proto): 64 KiB.</summary>
    public const int DigestsPerMessage = 4096;

    /// <summary>So many regions of zeros are cheaper written out than beginning a new message.</summary>
    public const int ZeroRegionsWrittenOut = 64;

    /// <summary>Stretches of one request to heal: what the controller notes of a group's differences is far less.</summary>
    public const int StretchesPerHeal = 4096;

    /// <summary>How often a transfer says how far it is: often enough for a progress bar.</summary>
    public static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>A neighbour that does not take a connection in this time is down.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
}
