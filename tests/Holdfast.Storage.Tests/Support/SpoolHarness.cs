using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Support;

/// <summary>A spool on real files, opened and reopened as often as a test wants, on a clock that stands still.</summary>
internal sealed class SpoolHarness : IAsyncDisposable
{
    // Not the lock, which goes with the process, nor the index of the log, which SQLite makes anew.
    private static readonly string[] SurvivingFiles = ["spool.db", "spool.db-wal", "spool.mark"];

    private readonly List<TemporaryDirectory> _directories = [];
    private readonly List<SqliteSpool> _spools = [];

    public SpoolHarness() => Directory = NewDirectory();

    public string Directory { get; }

    public ManualTimeProvider Clock { get; } = new();

    public SpoolHooks Hooks { get; } = new();

    public SpoolOptions Options { get; } = new();

    public static SpoolEntry EventEntry(int count = 1, int bytes = 100) => Entry(SpoolKind.Event, count, bytes);

    public static SpoolEntry Samples(int count = 1, int bytes = 100) => Entry(SpoolKind.Sample, count, bytes);

    public async Task<SqliteSpool> OpenAsync(string durability = "durable", string? directory = null)
    {
        Options.DataDirectory = directory ?? Directory;
        Options.Durability = durability;
        var spool = await SqliteSpool.OpenAsync(Options, Clock, NullLogger.Instance, Hooks, CancellationToken.None);
        _spools.Add(spool);
        return spool;
    }

    /// <summary>What a kill at this moment would leave behind: the files as they are, without anyone closing them.</summary>
    public string Crash()
    {
        var copy = NewDirectory();
        foreach (var file in SurvivingFiles.Where(f => File.Exists(Path.Combine(Directory, f))))
        {
            using var source = new FileStream(Path.Combine(Directory, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var target = File.Create(Path.Combine(copy, file));
            source.CopyTo(target);
        }

        return copy;
    }

    /// <summary>Lets the housekeeping of the next second happen, and waits until it has.</summary>
    public async Task TickAsync(SqliteSpool spool)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        await spool.ReadTotalsAsync(CancellationToken.None);

        // The tick stood before that question in the queue, but its housekeeping may come after the answer: a second one comes after both.
        await spool.ReadTotalsAsync(CancellationToken.None);
    }

    public string NewDirectory()
    {
        var directory = new TemporaryDirectory();
        _directories.Add(directory);
        return directory.Path;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var spool in _spools)
        {
            await spool.DisposeAsync();
        }

        _directories.ForEach(d => d.Dispose());
    }

    private static SpoolEntry Entry(SpoolKind kind, int count, int bytes)
    {
        var payload = new byte[bytes];
        new Random(bytes).NextBytes(payload);
        return new SpoolEntry(kind, 1, count, payload);
    }
}

/// <summary>Calls without the words that every test would repeat.</summary>
internal static class SpoolCalls
{
    public static async Task<SpoolReceipt> AppendAsync(this ISpool spool, params SpoolEntry[] entries) =>
        await spool.AppendAsync(SpoolAppend.Of(entries), CancellationToken.None);

    public static async Task<IReadOnlyList<SpooledBatch>> ReadAsync(this ISpool spool, SpoolRead? read = null) =>
        await spool.ReadAsync(read ?? new SpoolRead { RowsMax = int.MaxValue, BytesMax = long.MaxValue }, CancellationToken.None);

    public static async Task<long[]> NumbersAsync(this ISpool spool, SpoolRead? read = null) =>
        [.. (await spool.ReadAsync(read)).Select(b => b.BatchSeq)];

    public static async Task RemoveAsync(this ISpool spool, params long[] batchSeqs) => await spool.RemoveAsync(batchSeqs, CancellationToken.None);

    public static async Task<SpoolTotals> TotalsAsync(this ISpool spool) => await spool.ReadTotalsAsync(CancellationToken.None);

    public static async Task<IReadOnlyList<LostRange>> LossesAsync(this ISpool spool) => await spool.ReadLossesAsync(CancellationToken.None);

    public static async Task ValidateAsync(this ISpool spool, params ValidationCount[] counts) =>
        await spool.AppendAsync(new SpoolAppend([], counts), CancellationToken.None);
}
