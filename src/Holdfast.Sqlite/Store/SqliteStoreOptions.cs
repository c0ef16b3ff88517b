namespace Holdfast.Sqlite.Store;

/// <summary>Settings of a file of the embedded store.</summary>
internal sealed class SqliteStoreOptions
{
    /// <summary>Directory of the file. Default: <c>./data</c>.</summary>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>Name of the file. Default: that of the telemetry.</summary>
    public string FileName { get; set; } = "holdfast.db";

    /// <summary>Queries that run at a time; more wait. Default: 4.</summary>
    public int ReadersMax { get; set; } = 4;

    /// <summary>A query that takes longer is ended: a reader without an end would keep the write-ahead log from being reused. Default: 10 seconds.</summary>
    public TimeSpan ReadTimeMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Size of the write-ahead log at which the writer waits for the readers to leave, so that it can be emptied. Default: 64 MiB.</summary>
    public long WalBytesMax { get; set; } = 64L << 20;

    /// <summary>Size at which the file takes nothing more, as if the disk were full; what comes then waits in the spool. Default: no limit of its own.</summary>
    public long? FileBytesMax { get; set; }

    /// <summary>How long to wait for another process that writes to the file, a backup say. Default: 2 seconds.</summary>
    public TimeSpan BusyTimeMax { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The store's file.</summary>
    public string Path => System.IO.Path.Combine(DataDirectory, FileName);
}
