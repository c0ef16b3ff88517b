using System.Buffers.Binary;
using System.Buffers.Text;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Server.Tests.Security;

/// <summary>Questions that PostgreSQL, or the way there, cannot answer: they are the asker's fault, and nobody else pays.</summary>
public sealed class HostilePostgresTests : IAsyncLifetime
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";

    private PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        _postgres = await PostgresServer.StartAsync(Binaries);
        await using var connection = new NpgsqlConnection(_postgres.TcpConnectionString("postgres"));
        await connection.OpenAsync(Deadline.Token());
        await using var command = new NpgsqlCommand("CREATE DATABASE holdfast", connection);
        await command.ExecuteNonQueryAsync(Deadline.Token());
    }

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task No_question_opens_the_circuit_breaker()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.Postgres] = _postgres.TcpConnectionString("holdfast") });
        await Deadline.EventuallyAsync(() => server.GetAsync("/api/events"), answer => answer.Status == 200);
        string[] questions =
        [
            "/api/events?cursor=" + Cursor(long.MinValue), "/api/events?cursor=" + Cursor(long.MaxValue), "/api/events?cursor=" + Cursor(-1),
            "/api/audit?cursor=" + Cursor(long.MinValue), "/api/audit?cursor=" + Cursor(long.MaxValue),
            "/api/series?name=x&since=1970-01-01T00:00:00Z&until=9999-12-31T23:59:59Z", "/api/series?name=x&since=1970-01-01T00:00:00Z&until=9999-12-31T23:59:59Z&step=3600d",
            "/api/series?name=x&since=9999-12-31T23:59:00Z&until=9999-12-31T23:59:59Z&step=1s", "/api/series?name=x&label=a:%00",
        ];

        foreach (var question in Enumerable.Repeat(questions, 3).SelectMany(all => all))
        {
            (await server.GetAsync(question)).Status.ShouldBe(400, question);
        }

        (await server.GetAsync("/api/events?since=1970-01-01T00:00:00Z&until=9999-12-31T23:59:59Z")).Status.ShouldBe(200);
        (await server.GetAsync("/api/series?name=x&since=9988-01-01T00:00:00Z&until=9988-12-31T00:00:00Z&step=3660d")).Status.ShouldBe(200);
        (await server.GetAsync("/api/breakers")).Json.GetProperty("items")[0].GetProperty("state").GetString().ShouldBe("closed");
    }

    private static string Cursor(long microseconds)
    {
        var bytes = new byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, microseconds);
        return Base64Url.EncodeToString(bytes);
    }
}
