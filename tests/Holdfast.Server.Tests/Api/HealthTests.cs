using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Api;

public sealed class HealthTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Theory]
    [InlineData("/health")]
    [InlineData("/health/ready")]
    [InlineData("/health/live")]
    [InlineData("/health/startup")]
    public async Task A_server_that_is_well_passes_every_probe(string path)
    {
        var answer = await shared.Server.GetAsync(path);

        answer.Status.ShouldBe(200);
        answer.Json.GetProperty("status").GetString().ShouldBe("pass");
        answer.Json.GetProperty("durability").GetString().ShouldBe("durable");
        answer.Json.GetProperty("problems").GetArrayLength().ShouldBe(0);
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Fact]
    public async Task The_ledger_accounts_for_every_event_that_was_acknowledged()
    {
        await using var server = await TestServer.StartAsync();
        var id = Guid.NewGuid();
        await server.PostAsync(SomeEvents.Many("ledger.sent", 1, 40));
        await server.PostAsync($$"""[{"event_type":"ledger.sent","data":{},"event_id":"{{id}}"},{"event_type":"ledger.sent","data":{},"event_id":"{{id}}"},{}]""");

        var events = await server.SettledLedgerAsync();

        events.GetProperty("received").GetInt64().ShouldBe(42);
        events.GetProperty("stored").GetInt64().ShouldBe(41);
        events.GetProperty("duplicates").GetInt64().ShouldBe(1);
    }
}
