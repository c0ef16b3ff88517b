using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public sealed class SampleTableTests : IDisposable
{
    private const long Minute = RollupWidth.MinuteMilliseconds;
    private static readonly IReadOnlyList<Migration> Migrations =
        Migration.FromResources(typeof(SqliteTelemetryStore).Assembly, "Holdfast.Sqlite.Store.Migrations.");

    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteDatabase _database;

    public SampleTableTests() => _database = SqliteDatabase.Open(_directory.File("samples.db"));

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_file_from_before_the_minutes_keeps_its_samples()
    {
        SqliteMigrations.Apply(_database, [.. Migrations.Take(2)], Batches.Noon);
        long[] times = [-Minute - 1, -1, 0, Minute - 1, Minute, (5 * Minute) + 7];
        foreach (var time in times)
        {
            _database.Execute($"INSERT INTO samples (series_key, time_ms, spool_key, position, value) VALUES (3, {time}, 1, 1, {time}.5)");
        }

        SqliteMigrations.Apply(_database, Migrations, Batches.Noon);

        Read(3, long.MinValue / 2, long.MaxValue / 2).ShouldBe(times);
        _database.ReadNumber("SELECT count(*) FROM samples WHERE time_ms < minute_ms OR time_ms >= minute_ms + 60000 OR minute_ms % 60000 <> 0").ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_read_is_what_lies_within_the_time(int seed)
    {
        SqliteMigrations.Apply(_database, Migrations, Batches.Noon);
        using var transaction = _database.BeginWrite();
        var random = new Random(seed);

        // Minutes side by side, minutes without anything, and a day's gap.
        long[] times = [.. Enumerable.Range(0, 400).Select(_ => (random.Next(40) * Minute) + random.Next((int)Minute) + (random.Next(2) * 86_400_000L)).Distinct().Order()];
        foreach (var time in times)
        {
            Insert(1, time);
            Insert(2, time + 1);
        }

        for (var round = 0; round < 200; round++)
        {
            var from = random.NextInt64(-Minute, times[^1] + Minute);
            var to = from + random.NextInt64(1, round % 2 == 0 ? 3 * Minute : 90_000_000);

            Read(1, from, to).ShouldBe(times.Where(time => time >= from && time < to), $"from {from} to {to}");
        }
    }

    [Fact]
    public void A_time_that_reaches_far_beyond_the_samples_costs_only_the_minutes_there_are()
    {
        SqliteMigrations.Apply(_database, Migrations, Batches.Noon);
        Insert(1, 5);
        var began = TimeProvider.System.GetTimestamp();

        Read(1, -62_135_596_800_000, 253_402_300_799_999).ShouldBe([5]);

        // Minute by minute it would be four billion.
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void The_oldest_minutes_are_deleted_first_and_no_more_than_asked_for()
    {
        SqliteMigrations.Apply(_database, Migrations, Batches.Noon);
        for (var i = 0; i < 10; i++)
        {
            Insert(1, i * Minute);
        }

        SampleTable.DeleteBefore(_database, 5 * Minute, rowsMax: 3).ShouldBe(3);
        Read(1, 0, 10 * Minute).ShouldBe(Enumerable.Range(3, 7).Select(i => i * Minute));
        SampleTable.DeleteBefore(_database, 5 * Minute, rowsMax: 3).ShouldBe(2);
        SampleTable.DeleteBefore(_database, 5 * Minute, rowsMax: 3).ShouldBe(0);
    }

    [Fact]
    public void Whether_a_series_has_samples_is_found_in_any_minute()
    {
        SqliteMigrations.Apply(_database, Migrations, Batches.Noon);
        Insert(1, 0);
        Insert(2, 100 * Minute);

        SampleTable.Holds(_database, 1).ShouldBeTrue();
        SampleTable.Holds(_database, 2).ShouldBeTrue();
        SampleTable.Holds(_database, 3).ShouldBeFalse();
    }

    private void Insert(long series, long time) => _database.Prepare(SampleTable.Insert)
        .Bind(1, SampleTable.MinuteOf(time)).Bind(2, series).Bind(3, time).Bind(4, 1L).Bind(5, 1L).Bind(6, 0.5).Run();

    private long[] Read(long series, long from, long to) => [.. SampleTable.Read(_database, series, from, to).Select(bucket => bucket.FirstAtMilliseconds)];
}
