namespace Holdfast.Sqlite.Spool;

internal static class SpoolSchema
{
    public const string Batches = "batches";

    /// <summary>The tables beside the batches. <c>meta</c> is not among them: its one row is counted, never copied.</summary>
    public static readonly IReadOnlyList<string> SideTables = ["parked", "pending_validation", "losses", "stores"];

    /// <summary>The statements of <c>spool.sql</c>.</summary>
    public static string Sql { get; } = Load();

    private static string Load()
    {
        var assembly = typeof(SpoolSchema).Assembly;
        using var stream = assembly.GetManifestResourceStream("Holdfast.Sqlite.Spool.spool.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
