using System.Collections.Concurrent;
using System.Text.Json;
using Holdfast.BuiltIn.Sql;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>A named database that is away at the start, comes and goes: the server is up, what failed is kept, and all of it is done at the end.</summary>
public sealed class SqlOutageTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<BusEvent> _heard = [];
    private PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync()
    {
        PostgresBinaries.RequireOldest();
        _postgres = await PostgresServer.StartAsync(PostgresBinaries.Oldest);
    }

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task What_was_asked_while_the_database_was_away_is_done_when_it_is_back()
    {
        await _postgres.StopAsync();
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object>
        {
            [FlagNames.SqlEnabled] = true,
            [FlagNames.SqlConnections] = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["shop"] = _postgres.TcpConnectionString("postgres") }),
        });
        var bus = server.Services.GetRequiredService<IEventBus>();
        using var subscription = bus.Subscribe("sql.*", _heard.Enqueue);
        await StateAsync(server, "degraded");

        await Should.ThrowAsync<RequestFailedException>(() => bus.RequestAsync("sql", "sql.exec", new SqlRequest("shop", "CREATE TABLE orders (id bigint)")));
        await _postgres.StartAgainAsync();
        await Deadline.EventuallyAsync(() => Task.FromResult(_heard.Any(one => one.Type == "sql.ready")), ready => ready);
        await StateAsync(server, "ready");
        var done = await Deadline.EventuallyAsync(() => server.GetAsync("/api/retries?status=completed"), answer => answer.Json.GetProperty("items").GetArrayLength() > 0);

        done.Json.GetProperty("items")[0].GetProperty("operation_type").GetString().ShouldBe("sql_operation");
        (await bus.RequestAsync<SqlRows>("sql", "sql.query", new SqlRequest("shop", "SELECT count(*) FROM orders"))).Rows[0][0].ShouldBe(0L);

        await _postgres.StopAsync();
        await Deadline.EventuallyAsync(() => Task.FromResult(_heard.Any(one => one.Type == "sql.lost")), lost => lost);
        (await server.GetAsync("/health/ready")).Status.ShouldBe(200);
    }

    private static Task<Answer> StateAsync(TestServer server, string state) => Deadline.EventuallyAsync(
        () => server.GetAsync("/api/components"),
        answer => answer.Json.GetProperty("items").EnumerateArray().Any(one => one.GetProperty("name").GetString() == "sql" && one.GetProperty("status").GetString() == state));
}
