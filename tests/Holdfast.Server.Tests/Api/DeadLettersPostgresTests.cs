using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Server.Tests.Api;

/// <summary>Dead letters over HTTP, on PostgreSQL. A NUL character in the data passes the intake, and JSONB cannot store it.</summary>
public sealed class DeadLettersPostgresTests : IAsyncLifetime
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";
    private const string Poison = """{"event_type":"one.in.5000","data":{"text":"a\u0000b","n":7}}""";

    private PostgresServer _postgres = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        _postgres = await PostgresServer.StartAsync(Binaries);
        await using var connection = new NpgsqlConnection(_postgres.TcpConnectionString("postgres"));
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand("CREATE DATABASE holdfast", connection);
        await create.ExecuteNonQueryAsync();
        _server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.Postgres] = _postgres.TcpConnectionString("holdfast") });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task One_poisoned_row_in_5000_is_edited_and_replayed_while_its_neighbours_were_stored_once()
    {
        var rows = Enumerable.Range(0, 5_000).Select(i => i == 1_234 ? Poison : $$$"""{"event_type":"one.in.5000","data":{"n":{{{i}}}}}""");
        (await _server.PostAsync($"[{string.Join(",", rows)}]")).Status.ShouldBe(202);
        var letter = (await LettersAsync(1))[0];
        (letter.GetProperty("sqlstate").GetString(), letter.GetProperty("original_payload").GetProperty("encoding").GetString()).ShouldBe(("22P05", "base64"));
        var id = letter.GetProperty("id").GetInt64();

        var members = await SendAsync(HttpMethod.Patch, $"/{id}", """{"original_payload":{"data":{"text":"ab"}}}""");
        var edited = await SendAsync(HttpMethod.Patch, $"/{id}", """{"original_payload":{"event_type":"one.in.5000","data":{"text":"ab","n":7}},"replace":true}""");
        var replayed = await SendAsync(HttpMethod.Post, $"/{id}/replay", "");

        members.ShouldBeProblem(409).GetProperty("detail").GetString()!.ShouldContain("replace");
        edited.Status.ShouldBe(200, edited.Body);
        replayed.Json.GetProperty("outcome").GetString().ShouldBe("recovered");
        (await CountAsync("SELECT count(*) FROM monitoring.monitoring_events WHERE event_type = 'one.in.5000'")).ShouldBe(5_000);
        (await CountAsync("SELECT count(DISTINCT sequence_id) FROM monitoring.monitoring_events WHERE sequence_id BETWEEN 1 AND 5000")).ShouldBe(5_000);
        (await _server.SettledLedgerAsync()).GetProperty("dead_lettered").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task What_was_parked_while_dead_letters_were_off_comes_back_when_they_are_on()
    {
        _server.Flags.Set(FlagNames.DeadLetters, false);
        await _server.PostAsync($"""[{Poison},{Poison}]""");
        await Deadline.EventuallyAsync(() => _server.GetAsync("/api/ledger"), ledger => ledger.Json.GetProperty("events").GetProperty("parked").GetInt64() == 2);

        _server.Flags.Set(FlagNames.DeadLetters, true);
        await LettersAsync(2);

        var after = await _server.SettledLedgerAsync();
        (after.GetProperty("parked").GetInt64(), after.GetProperty("dead_lettered").GetInt64()).ShouldBe((0, 2));
        _server.Errors.Take().ShouldHaveSingleItem().ShouldContain("they are parked in the spool");
    }

    private async Task<IReadOnlyList<JsonElement>> LettersAsync(int count)
    {
        var answer = await Deadline.EventuallyAsync(
            () => _server.GetAsync("/api/dead-letters"), answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() == count);
        return [.. answer.Json.GetProperty("items").EnumerateArray()];
    }

    private Task<Answer> SendAsync(HttpMethod method, string path, string body) => _server.SendAsync(
        new HttpRequestMessage(method, $"/api/dead-letters{path}") { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    private async Task<long> CountAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.TcpConnectionString("holdfast"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
