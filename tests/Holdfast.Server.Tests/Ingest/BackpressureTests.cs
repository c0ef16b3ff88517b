using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Ingest;

public sealed class BackpressureTests
{
    private static readonly Dictionary<string, object> SmallSpool = new() { [FlagNames.SpoolDiskBytes] = 64L << 10 };

    [Fact]
    public async Task A_full_spool_refuses_with_a_time_to_come_back_and_keeps_what_it_acknowledged()
    {
        using var data = new DataDirectory();
        await using var server = await TestServer.StartAsync(data.WithCorruptStore(), SmallSpool);

        var accepted = 0;
        Answer answer;
        while ((answer = await server.PostAsync(SomeEvents.Many("full.sent", accepted, 100))).Status == 202 && accepted < 1_000_000)
        {
            accepted += 100;
        }

        answer.ShouldBeProblem(429).GetProperty("detail").GetString().ShouldNotBeNullOrWhiteSpace();
        answer.ShouldSayWhenToComeBack();
        var events = (await server.GetAsync("/api/ledger")).Json.GetProperty("events");
        accepted.ShouldBeGreaterThan(0);
        events.GetProperty("received").GetInt64().ShouldBe(accepted);
        events.GetProperty("spooled").GetInt64().ShouldBe(accepted);
        (await server.GetAsync("/health/ready")).Body.ShouldContain("% full");
    }

    [Fact]
    public async Task When_the_store_comes_back_the_spool_drains_and_takes_again_without_a_restart()
    {
        using var data = new DataDirectory();
        await using var server = await TestServer.StartAsync(data.WithCorruptStore(), SmallSpool);
        var accepted = 0;
        while ((await server.PostAsync(SomeEvents.Many("healed.sent", accepted, 100))).Status == 202 && accepted < 1_000_000)
        {
            accepted += 100;
        }

        data.RemoveStore();
        var ledger = await server.SettledLedgerAsync();

        ledger.GetProperty("stored").GetInt64().ShouldBe(accepted);
        (await server.PostAsync(SomeEvents.One("healed.sent"))).Status.ShouldBe(202);
    }

    [Fact]
    public async Task A_memory_spool_says_so_in_every_answer()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.Durability] = "memory" });

        var answer = await server.PostAsync(SomeEvents.One("memory.sent"));

        answer.Header("Holdfast-Durability").ShouldBe("memory");
        (await server.GetAsync("/health")).Json.GetProperty("durability").GetString().ShouldBe("memory");
    }
}
