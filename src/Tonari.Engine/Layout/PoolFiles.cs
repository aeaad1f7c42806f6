using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;

namespace Tonari.Engine.Layout;

/// <summary>Every change of the pool's small files and folders: durable when a method returns, and announced before it happens, so that tests
/// can end the world at any of them.</summary>
internal sealed class PoolFiles(Action<string>? beforeStep)
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>A change that is about to happen.</summary>
    public void Step(string what) => beforeStep?.Invoke(what);

    public void Write<T>(string path, T document, JsonTypeInfo<T> type) =>
        Write(path, DocumentSeal.Seal(JsonSerializer.SerializeToUtf8Bytes(document, type)));

    /// <summary>Replaces the file in one step: a reader, or a crash, sees the old or the new content.</summary>
    public void Write(string path, ReadOnlyMemory<byte> content)
    {
        WriteTemporary(path, content);
        Step($"rename {path}");
        Guard($"write '{path}'", () => File.Move(path + TemporarySuffix, path, overwrite: true));
        FileCalls.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>As <see cref="Write{T}"/>, but after a power cut the old content may come back: for progress notes, where older is only slower.</summary>
    public void WriteRelaxed<T>(string path, T document, JsonTypeInfo<T> type)
    {
        WriteTemporary(path, DocumentSeal.Seal(JsonSerializer.SerializeToUtf8Bytes(document, type)));
        Step($"rename {path}");
        Guard($"write '{path}'", () => File.Move(path + TemporarySuffix, path, overwrite: true));
    }

    /// <summary>The document, or null where there is none.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="type">What it is.</param>
    /// <param name="consequence">A sentence: what cannot be used without it, and what to do.</param>
    /// <exception cref="FileDamagedException">It is damaged or of a newer version.</exception>
    public static T? Read<T>(string path, JsonTypeInfo<T> type, string consequence)
        where T : class, IVersioned
    {
        try
        {
            var bytes = ReadDocument(path, consequence);
            var document = JsonSerializer.Deserialize(bytes, type) ?? throw Damaged(path, "it is empty", consequence);
            if (document.FormatVersion != DocumentJson.Version)
            {
                throw new FileDamagedException(
                    $"The file '{path}' has format version {document.FormatVersion}; this program reads version {DocumentJson.Version}. Use a newer program. {consequence}");
            }
            if (!DocumentSeal.IsIntact(bytes))
                throw Damaged(path, "its content does not match its seal; if you changed it by hand, take the member 'seal' out", consequence);
            return document.Wrong() is { } wrong ? throw Damaged(path, wrong, consequence) : document;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(path, e.Message.TrimEnd('.'), consequence, e);
        }
    }

    /// <summary>A file cannot be used; what it describes is left alone.</summary>
    public static FileDamagedException Damaged(string path, string why, string consequence, Exception? inner = null) =>
        new($"The file '{path}' is damaged ({why}). {consequence}", inner);

    private static byte[] ReadDocument(string path, string consequence)
    {
        using var file = File.OpenRead(path);
        if (file.Length > EngineLimits.MaxDocument)
            throw Damaged(path, $"it has {file.Length} bytes", consequence);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
            return;
        Step($"create {path}");
        Guard($"create '{path}'", () => Directory.CreateDirectory(path));
        FileCalls.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    public void DeleteFile(string path)
    {
        if (!File.Exists(path))
            return;
        Step($"delete {path}");
        Guard($"delete '{path}'", () => File.Delete(path));
        FileCalls.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Deletes a folder that holds only plain files and folders.</summary>
    public void DeleteDirectory(string path)
    {
        if (!Directory.Exists(path))
            return;
        Step($"delete {path}");
        Guard($"delete '{path}'", () => Directory.Delete(path, recursive: true));
        FileCalls.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a file another name in one step, replacing what has it.</summary>
    public void RenameFile(string from, string to)
    {
        Step($"rename {from} to {to}");
        Guard($"rename '{from}'", () => File.Move(from, to, overwrite: true));
        FileCalls.SyncDirectory(Path.GetDirectoryName(to)!);
    }

    /// <summary>Moves a folder or image in one step.</summary>
    public void Rename(string from, string to)
    {
        Step($"rename {from} to {to}");
        Guard($"rename '{from}'", () => Directory.Move(from, to));
        // A renamed btrfs subvolume is not covered by an fsync of its folder.
        FileCalls.SyncFileSystem(Path.GetDirectoryName(to)!);
    }

    /// <summary>Two images take each other's place in one step.</summary>
    public void Exchange(string one, string other)
    {
        Step($"exchange {one} with {other}");
        FileCalls.Exchange(one, other);
        FileCalls.SyncFileSystem(Path.GetDirectoryName(one)!);
    }

    private void WriteTemporary(string path, ReadOnlyMemory<byte> content)
    {
        Step($"write {path}");
        Guard($"write '{path}'", () =>
        {
            using var file = File.OpenHandle(path + TemporarySuffix, FileMode.Create, FileAccess.Write);
            RandomAccess.Write(file, content.Span, 0);
            FileCalls.SyncData(file, path);
        });
    }

    /// <summary>Gives a full filesystem its own exception.</summary>
    public static void Guard(string what, Action change)
    {
        try
        {
            change();
        }
        catch (IOException e) when (KernelError.IsPoolFull(e))
        {
            throw new PoolFullException($"The pool is full: could not {what}. Free space in it or make its filesystem larger.", e);
        }
    }

    public static SafeFileHandle OpenImage(string imageDirectory, bool writable) => Kernel.Open(
        PoolPaths.FileIn(imageDirectory), writable ? Kernel.ReadWrite : Kernel.ReadOnly);
}
