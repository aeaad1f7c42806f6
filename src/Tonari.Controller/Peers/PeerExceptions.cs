namespace Tonari.Controller.Peers;

/// <summary>A call to a neighbouring cluster that did not succeed. The message is a complete sentence.</summary>
internal abstract class PeerException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>No answer: nothing is known about whether the peer has done what was asked.</summary>
internal sealed class PeerUnreachableException(string message, Exception? inner = null) : PeerException(message, inner);

/// <summary>The peer says that it has no such mirror or snapshot.</summary>
internal sealed class PeerNotFoundException(string message, Exception? inner = null) : PeerException(message, inner);

/// <summary>The peer answered and will not do it.</summary>
internal sealed class PeerRefusedException(PeerRefusal reason, string message, Exception? inner = null) : PeerException(message, inner)
{
    /// <summary>Why, for decisions.</summary>
    public PeerRefusal Reason { get; } = reason;
}

/// <summary>Why a peer refused.</summary>
internal enum PeerRefusal
{
    /// <summary>It does not know this cluster's certificate: the pairing does not exist there (any more).</summary>
    Stranger,

    /// <summary>Its <c>ClusterPeer</c> for this cluster does not allow it.</summary>
    NotAllowed,

    /// <summary>Its role, epoch or state forbids it now.</summary>
    State,

    /// <summary>It found the request itself wrong.</summary>
    Request,

    /// <summary>It failed inside; trying again may help.</summary>
    Failure,
}
