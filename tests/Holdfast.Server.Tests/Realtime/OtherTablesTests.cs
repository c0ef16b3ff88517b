using System.Text;
using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>Changes of the tables beside that of the events, as far as this process knows of them.</summary>
public sealed class OtherTablesTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task A_row_that_the_store_refuses_is_told_with_the_number_it_has_there()
    {
        await using var client = await ListenAsync("""{"event":"INSERT","schema":"monitoring","table":"dead_letter_queue","filter":"kind=eq.event"}""");

        (await _server.PostAsync("""[{"event_type":"refused.row\u0000","data":{}},{"event_type":"fine.row","data":{}}]""")).Status.ShouldBe(202);

        var record = await RecordAsync(client);
        var letter = (await _server.GetAsync("/api/dead-letters?text=refused.row")).Json.GetProperty("items")[0];
        record.GetProperty("id").GetInt64().ShouldBe(letter.GetProperty("id").GetInt64());
        record.GetProperty("status").GetString().ShouldBe("pending");
        record.GetProperty("failure_reason").GetString().ShouldBe(letter.GetProperty("failure_reason").GetString());
        record.GetProperty("original_payload").GetProperty("event_type").GetString().ShouldBe("refused.row\0");
    }

    [Fact]
    public async Task Counts_of_validation_are_told_when_the_store_has_them()
    {
        await using var client = await ListenAsync("""{"event":"*","schema":"monitoring","table":"validation_metrics","filter":"event_type=eq.counted.type"}""");

        await _server.PostAsync("""[{"event_type":"counted.type","data":{}},{"event_type":"counted.type","data":{}}]""");
        await Deadline.EventuallyAsync(() => _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics/flush")), answer => answer.Status == 200);

        var record = await RecordAsync(client);
        (record.GetProperty("total_events").GetInt64(), record.GetProperty("pass_rate").GetDouble()).ShouldBe((2, 100.0));
    }

    [Fact]
    public async Task A_failed_operation_that_came_to_its_end_is_told()
    {
        await using var client = await ListenAsync("""{"event":"UPDATE","schema":"holdfast","table":"retry_queue","filter":"operation_type=eq.event_publish"}""");

        var enqueued = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/retries")
        {
            Content = new StringContent("""{"operation_type":"event_publish","target":"realtime.retried","payload":{"data":{}}}""", Encoding.UTF8, "application/json"),
        });

        enqueued.Status.ShouldBeInRange(200, 202, enqueued.Body);
        var record = await RecordAsync(client);
        (record.GetProperty("status").GetString(), record.GetProperty("target").GetString()).ShouldBe(("completed", "realtime.retried"));
    }

    private async Task<RealtimeWire> ListenAsync(string entry)
    {
        var client = await RealtimeWire.ConnectAsync(_server);
        await client.JoinAsync("realtime:tables", $$"""{"postgres_changes":[{{entry}}]}""");
        (await client.UntilAsync(message => message.Event == "system")).Payload.GetProperty("message").GetString().ShouldBe("Subscribed to PostgreSQL");
        return client;
    }

    private static async Task<JsonElement> RecordAsync(RealtimeWire client) =>
        (await client.UntilAsync(message => message.Event == "postgres_changes")).Payload.GetProperty("data").GetProperty("record");
}
