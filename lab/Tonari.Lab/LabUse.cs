using System.Globalization;
using System.Text;

namespace Tonari.Lab;

/// <summary>The lab is one program's alone for as long as this is held: who takes faults for its own doing must not be deployed under. lab/up.sh and lab/down.sh
/// refuse meanwhile. The lock is the kernel's (flock(2)) and ends with the process.</summary>
public sealed class LabUse : IDisposable
{
    private readonly FileStream _file;

    private LabUse(FileStream file) => _file = file;

    /// <summary>Names the process that has it. Beside the lab's folder, which is gone when the lab is down.</summary>
    public static string FilePath { get; } = LabPaths.Running + ".in-use";

    /// <summary>Takes it; null when another program has it.</summary>
    public static LabUse? TryBegin()
    {
        FileStream file;
        try
        {
            file = new FileStream(FilePath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        return new LabUse(file);
    }

    /// <summary>Gives it back.</summary>
    public void Dispose() => _file.Dispose();
}
