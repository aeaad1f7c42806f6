namespace Tonari.Engine;

/// <summary>What the engine refuses or fails to do. The message is a complete sentence for the user.</summary>
public abstract class EngineException : Exception
{
    private protected EngineException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>There is no volume of that id in the pool.</summary>
public sealed class VolumeNotFoundException : EngineException
{
    internal VolumeNotFoundException(VolumeId id)
        : base($"There is no volume '{id}' in this pool.")
    {
    }
}

/// <summary>There is no (complete) snapshot of that name.</summary>
public sealed class SnapshotNotFoundException : EngineException
{
    internal SnapshotNotFoundException(string message)
        : base(message)
    {
    }
}

/// <summary>The volume, snapshot or staging image is attached, mounted or read or written by a transfer just now. Try again when it is not.</summary>
public sealed class VolumeBusyException : EngineException
{
    internal VolumeBusyException(string message)
        : base(message)
    {
    }
}

/// <summary>Something of that name exists with other facts (size, origin, members), or the volume is in the wrong state for the request.</summary>
public sealed class VolumeConflictException : EngineException
{
    internal VolumeConflictException(string message)
        : base(message)
    {
    }
}

/// <summary>The pool's filesystem has no room left. Nothing half-made is visible.</summary>
public sealed class PoolFullException : EngineException
{
    internal PoolFullException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The directory cannot be used as a pool; the message says why and how to make one.</summary>
public sealed class PoolUnusableException : EngineException
{
    internal PoolUnusableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>A file of the pool cannot be used, and with it what it describes; the rest of the pool goes on. The message names the file, what it
/// describes and what to do. Nothing of it is changed, overwritten or taken for a leftover.</summary>
public sealed class FileDamagedException : EngineException
{
    internal FileDamagedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>A mirror stream was damaged, cut, out of order or not the one asked for. Nothing of it is visible; fetch again from the resume point.</summary>
public class StreamRefusedException : EngineException
{
    internal StreamRefusedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The two sides mean different snapshots by the base's name; only the whole image can be received.</summary>
public sealed class BaseDiffersException : StreamRefusedException
{
    internal BaseDiffersException(VolumeId id, string from)
        : base($"The stream is refused: the two sides mean different snapshots by the name '{from}' of the volume '{id}'; only all of it can be received.")
    {
    }
}

/// <summary>The volumes could not be frozen, or not for short enough. Everything is thawed and no snapshot was made.</summary>
public sealed class FreezeFailedException : EngineException
{
    internal FreezeFailedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The kernel refused a request the engine relies on.</summary>
public sealed class KernelRefusedException : EngineException
{
    internal KernelRefusedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
