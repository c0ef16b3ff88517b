using System.Globalization;

namespace Holdfast.Sqlite.Spool;

/// <summary>The files of a spool in its data directory.</summary>
internal sealed class SpoolPaths(string directory)
{
    public string Directory { get; } = Path.GetFullPath(directory);

    public string Database => In("spool.db");

    /// <summary>What SQLite has written and not yet played into <see cref="Database"/>.</summary>
    public string Log => Database + "-wal";

    /// <summary>A new file under construction from a damaged one. Complete as soon as <see cref="Database"/> is gone.</summary>
    public string Salvage => In("spool.salvage.db");

    public string Mark => In("spool.mark");

    public string Lock => In("spool.lock");

    /// <summary>Who holds the lock: apart from the lock, because a locked file cannot be read everywhere.</summary>
    public string Holder => In("spool.pid");

    public string Reserve => In("spool.reserve");

    /// <summary>Where a damaged file is kept.</summary>
    public string Corrupt(DateTimeOffset now) => Stamped("corrupt", now);

    /// <summary>Where the content of a file goes whose name was taken away.</summary>
    public string Rescued(DateTimeOffset now) => Stamped("rescued", now);

    /// <summary>Moves a database together with what SQLite keeps beside it.</summary>
    public static void Move(string from, string to)
    {
        // What lies at the target belongs to a database that is gone. The log goes before its database: a crash in between leaves a
        // database without a log, never one with a foreign log.
        Delete(to);
        if (File.Exists(from + "-wal"))
        {
            File.Move(from + "-wal", to + "-wal", overwrite: true);
        }

        File.Delete(from + "-shm");
        File.Move(from, to);
    }

    public static void Delete(string database)
    {
        File.Delete(database);
        File.Delete(database + "-wal");
        File.Delete(database + "-shm");
    }

    private string Stamped(string word, DateTimeOffset now)
    {
        var stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var path = In($"spool.{word}-{stamp}.db");
        for (var n = 2; File.Exists(path); n++)
        {
            path = In($"spool.{word}-{stamp}-{n}.db");
        }

        return path;
    }

    private string In(string name) => Path.Combine(Directory, name);
}
