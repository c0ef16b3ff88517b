using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Server.Tests.Samples;

/// <summary>The sample application with its record in a real PostgreSQL, as its README has it.</summary>
public sealed class SelfHostedPostgresTests
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";

    [Fact]
    public async Task An_order_and_its_receipt_are_rows_of_the_database()
    {
        Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        await using var postgres = await PostgresServer.StartAsync(Binaries);
        await using var server = NpgsqlDataSource.Create(postgres.TcpConnectionString("postgres"));
        await using (var create = server.CreateCommand("CREATE DATABASE shop"))
        {
            await create.ExecuteNonQueryAsync(Deadline.Token());
        }

        await using var shop = await SampleShop.StartAsync(postgres.TcpConnectionString("shop"));

        var answer = await shop.Http.PostAsJsonAsync("../orders", new { number = 17, mail = "ana@example.org" }, Deadline.Token());
        await Deadline.EventuallyAsync(() => TypesAsync(shop), types => types.Contains("receipt.sent"));

        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await using var database = NpgsqlDataSource.Create(postgres.TcpConnectionString("shop"));
        (await TextsAsync(database, "SELECT event_type FROM monitoring.monitoring_events WHERE source = 'shop' ORDER BY event_type")).ShouldBe(["order.placed", "receipt.sent"]);
        (await Deadline.EventuallyAsync(() => TextsAsync(database, "SELECT status FROM holdfast.retry_queue"), states => states is ["completed"])).ShouldHaveSingleItem();
    }

    private static async Task<IReadOnlyList<string?>> TypesAsync(SampleShop shop)
    {
        using var answer = await shop.Http.GetAsync("api/events?source=shop", Deadline.Token());
        return answer.StatusCode != HttpStatusCode.OK
            ? [] // the database may not be ready for it yet
            : [.. JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("event_type").GetString())];
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Deadline.Token());
        var texts = new List<string>();
        while (await reader.ReadAsync(Deadline.Token()))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
