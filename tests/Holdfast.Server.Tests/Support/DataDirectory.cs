namespace Holdfast.Server.Tests.Support;

/// <summary>A data directory of a test's own, gone when it is disposed.</summary>
public sealed class DataDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("holdfast-server-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Puts a file in the place of the store that is no database: the store is unavailable for as long as it is there.</summary>
    public DataDirectory WithCorruptStore()
    {
        System.IO.File.WriteAllBytes(File("holdfast.db"), Enumerable.Repeat((byte)'?', 8_192).ToArray());
        return this;
    }

    /// <summary>Takes the broken store away, as an operator would.</summary>
    public void RemoveStore()
    {
        foreach (var file in Directory.EnumerateFiles(Path, "holdfast.db*"))
        {
            System.IO.File.Delete(file);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
