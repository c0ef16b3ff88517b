using System.Collections.Concurrent;
using System.Text.Json;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>What happens to the server itself: told on the bus, recorded, and never the cause of more of it.</summary>
public sealed class SystemNewsTests
{
    private static readonly Dictionary<string, object> Recording = new() { [FlagNames.Sources] = "system", [FlagNames.CircuitBreakerThreshold] = 2, [FlagNames.CircuitBreakerTimeout] = 1 };

    [Fact]
    public async Task A_store_that_is_lost_and_found_is_told_and_recorded()
    {
        var storage = new FaultyStorage();
        await using var server = await TestServer.StartAsync(settings: Recording, services: storage.AddTo);
        var heard = new ConcurrentQueue<BusEvent>();
        using var subscription = server.Services.GetRequiredService<IEventBus>().Subscribe("*", heard.Enqueue);

        storage.GoAway();
        await server.PostAsync(SomeEvents.Many("order.placed", 1, 3));
        await HeardAsync(heard, "store.lost");
        await HeardAsync(heard, "circuit_breaker_open");
        storage.ComeBack();
        await HeardAsync(heard, "store.ready");

        (await server.StoredAsync("event_type=store.lost", 1)).ShouldHaveSingleItem().GetProperty("source").GetString().ShouldBe("holdfast");
        (await server.StoredAsync("event_type=store.ready", 1)).ShouldHaveSingleItem();
        (await server.GetAsync("/api/retries")).Json.GetProperty("items").GetArrayLength().ShouldBe(0, "News are no failures of anybody's operation.");
        heard.ShouldAllBe(one => one.NoRetry);
    }

    [Fact]
    public async Task A_stop_is_recorded_and_leaves_nothing_in_the_spool()
    {
        using var data = new DataDirectory();
        var phases = new ConcurrentQueue<string>();
        await using (var server = await TestServer.StartAsync(data, Recording))
        {
            server.Services.GetRequiredService<IEventBus>().Subscribe("shutdown.phase", one => phases.Enqueue(one.DataAs<JsonElement>().GetProperty("phase").GetString()!));
            await server.StopAsync();
            server.Node.Parts.Shutdown.Report.Spooled.ShouldBe(0);
        }

        await using var again = await TestServer.StartAsync(data);
        (await again.StoredAsync("event_type=shutdown.started", 1)).ShouldHaveSingleItem();
        phases.ShouldBe(["Signal", "StopAccepting", "DrainInFlight", "Flush", "Persist", "StopWorkers"]);
    }

    private static Task<BusEvent?> HeardAsync(ConcurrentQueue<BusEvent> heard, string type) =>
        Deadline.EventuallyAsync(() => Task.FromResult(heard.FirstOrDefault(one => one.Type == type)), found => found is not null);
}
