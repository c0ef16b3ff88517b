using System.Diagnostics;
using Npgsql;

namespace Holdfast.Benchmarks.Retries;

/// <summary>The floor of what a queue in a table costs: items of the same size, taken in batches with DELETE ... SKIP LOCKED and nothing else.</summary>
internal static class BareLoop
{
    private const int Batch = 256;
    private const int Loops = 2;

    /// <summary>Items a second.</summary>
    public static async Task<double> RunAsync(NpgsqlDataSource source, int items, int payloadBytes)
    {
        await source.ExecuteAsync("DROP TABLE IF EXISTS bare_queue; CREATE TABLE bare_queue (id bigint PRIMARY KEY, payload json NOT NULL)");
        await source.ExecuteAsync($"INSERT INTO bare_queue SELECT i, json_build_object('pad', repeat('x', {payloadBytes})) FROM generate_series(1, {items}) i");
        await source.ExecuteAsync("VACUUM ANALYZE bare_queue");
        await source.ExecuteAsync("CHECKPOINT");
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Loops).Select(_ => DrainAsync(source)));
        return items / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Rows a second that producers insert one by one, each in a transaction of its own that is on disk before the next.</summary>
    public static async Task<double> SinglesAsync(NpgsqlDataSource source, int producers, int each, int payloadBytes)
    {
        await source.ExecuteAsync("DROP TABLE IF EXISTS bare_queue; CREATE TABLE bare_queue (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload json NOT NULL)");
        var payload = $$"""{"pad":"{{new string('x', payloadBytes)}}"}""";
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => InsertAsync(source, payload, each)));
        return producers * each / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task InsertAsync(NpgsqlDataSource source, string payload, int times)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO bare_queue (payload) VALUES ($1::json)", connection) { Parameters = { new() { Value = payload } } };
        await insert.PrepareAsync();
        for (var i = 0; i < times; i++)
        {
            await insert.ExecuteNonQueryAsync();
        }
    }

    private static async Task DrainAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var take = new NpgsqlCommand(
            $"WITH c AS MATERIALIZED (SELECT ctid FROM bare_queue ORDER BY id LIMIT {Batch} FOR UPDATE SKIP LOCKED) DELETE FROM bare_queue q USING c WHERE q.ctid = c.ctid RETURNING q.id, q.payload",
            connection);
        await take.PrepareAsync();
        for (var taken = 1; taken > 0;)
        {
            taken = 0;
            await using var rows = await take.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                _ = rows.GetFieldValue<byte[]>(1).Length;
                taken++;
            }
        }
    }
}
