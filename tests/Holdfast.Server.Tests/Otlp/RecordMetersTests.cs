using System.Diagnostics.Metrics;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Otlp;

public sealed class RecordMetersTests
{
    [Fact]
    public async Task The_meters_of_the_application_are_recorded_and_those_of_others_are_not()
    {
        using var chosen = new Meter("Embedder.Orders");
        using var other = new Meter("Other");
        var orders = chosen.CreateCounter<int>("embedder.orders", "{order}");
        var others = other.CreateCounter<int>("other.orders");
        await using var server = await TestServer.StartAsync(services: services => new HoldfastBuilder(services).RecordMeters("Embedder.*").RecordMeters("Nobody"));

        orders.Add(5, new KeyValuePair<string, object?>("pay.by", "card"));
        others.Add(1);

        var stored = (await server.SeriesAsync("embedder.orders")).ShouldHaveSingleItem();
        stored.Key.ShouldBe("""{"pay.by":"card"}""");
        stored.Value.Last().ShouldBe(5);
        stored.Value.GetProperty("kind").GetString().ShouldBe("counter");
        stored.Value.GetProperty("unit").GetString().ShouldBe("{order}");
        (await server.GetAsync("/api/series?name=other.orders")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
    }
}
