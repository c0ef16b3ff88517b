namespace Holdfast.Faults.Support;

/// <summary>A data directory of a test's own. What stands in it belongs to a server that the test has stopped before it disposes this.</summary>
internal sealed class FaultDirectory : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("holdfast-fault-").FullName;

    /// <summary>The data directory; a server makes it.</summary>
    public string Data => Path.Combine(_root, "data");

    public string SpoolDatabase => File("spool.db");

    public string SpoolLog => File("spool.db-wal");

    public string SpoolMark => File("spool.mark");

    public string Store => File("holdfast.db");

    public string File(string name) => Path.Combine(Data, name);

    /// <summary>A path beside the data directory.</summary>
    public string Beside(string name) => Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
