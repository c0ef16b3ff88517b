using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Ingest;

public sealed class StrictValidationTests
{
    [Fact]
    public async Task Switched_on_while_running_one_bad_item_refuses_its_request_and_nothing_is_stored()
    {
        await using var server = await TestServer.StartAsync();
        var body = $$"""[{{SomeEvents.One("strict.sent", 1)}},{"event_type":"strict.sent"},{"data":{} }]""";
        (await server.PostAsync(body)).Status.ShouldBe(202);

        server.Flags.Set(FlagNames.ValidationStrict, true).Status.ShouldBe(FlagSetStatus.Set);
        var refused = await server.PostAsync(body);

        var problem = refused.ShouldBeProblem(422);
        problem.RulesAndFields().ShouldBe(["required_fields [1].data", "required_fields [2].event_type"]);
        (await server.SettledLedgerAsync()).GetProperty("received").GetInt64().ShouldBe(1);
        (await server.StoredAsync("event_type=strict.sent", 1)).ShouldHaveSingleItem();

        server.Flags.Set(FlagNames.ValidationStrict, false).Status.ShouldBe(FlagSetStatus.Set);
        (await server.PostAsync(body)).Status.ShouldBe(202);
    }

    [Fact]
    public async Task A_request_of_good_items_is_taken_in_strict_mode()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.ValidationStrict] = true });

        (await server.PostAsync(SomeEvents.Many("strict.good", 1, 3))).Status.ShouldBe(202);
    }
}
