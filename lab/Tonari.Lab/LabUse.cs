using System.Globalization;

namespace Tonari.Lab;

/// <summary>The lab is one program's alone for as long as this is held: who takes faults for its own doing must not be deployed under. lab/up.sh and lab/down.sh
/// refuse meanwhile. The lock is the kernel's (flock(2)) and ends with the process.</summary>
public sealed class LabUse : IDisposable
{
    private readonly FileStream _file;

    private LabUse(FileStream file) => _file = file;

    /// <summary>Takes it.</summary>
    /// <exception cref="IOException">Another program has it.</exception>
    public static LabUse Begin()
    {
        // Beside the lab's folder, which is gone when the lab is down.
        var path = LabPaths.Running + ".in-use";
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new IOException($"Another program plays on this lab (its process is in '{path}'): wait for it, or end it.", error);
        }

        file.SetLength(0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        return new LabUse(file);
    }

    /// <summary>Gives it back.</summary>
    public void Dispose() => _file.Dispose();
}
