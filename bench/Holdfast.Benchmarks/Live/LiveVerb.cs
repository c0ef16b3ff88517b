using System.Text.Json;

namespace Holdfast.Benchmarks.Live;

/// <summary>
/// How long it takes from publishing until those who watch have it, and what a delivery costs the server: ours and others in the same rounds, each
/// in a process of its own, watched by the same hand-written client.
/// </summary>
internal static class LiveVerb
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var plan = LivePlan.Of(arguments);
        var protocols = Protocols(arguments.Text("protocols") ?? "holdfast,holdfast-memory,realtime-memory,signalr");
        var rounds = protocols.ToDictionary(protocol => protocol, _ => new List<LiveRound>());
        for (var round = 1; round <= plan.Rounds; round++)
        {
            // Back and forth, so that none is always the one that comes after a certain other.
            foreach (var protocol in round % 2 == 1 ? protocols : protocols.Reverse())
            {
                var measured = await LiveRound.RunAsync(protocol, plan);
                rounds[protocol].Add(measured);
                Console.WriteLine($"round {round}, {protocol.Name}: {measured}");
            }
        }

        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["watchers"] = plan.Watchers,
            ["rate"] = plan.Rate,
            ["bytes"] = plan.Bytes,
            ["seconds"] = plan.Seconds,
            ["rounds"] = plan.Rounds,
            ["stopped"] = plan.Stopped,
            ["processors"] = Environment.ProcessorCount,
            ["results"] = protocols.ToDictionary(protocol => protocol.Name, protocol => LiveRound.Summarize(rounds[protocol])),
        }));
        return 0;
    }

    private static IReadOnlyList<LiveProtocol> Protocols(string names) => [.. names.Split(',').Select<string, LiveProtocol>(name => name switch
    {
        "holdfast" => new HoldfastLive("durable"),
        "holdfast-memory" => new HoldfastLive("memory"),
        "realtime" => new RealtimeLive("durable"),
        "realtime-memory" => new RealtimeLive("memory"),
        "signalr" => new SignalRLive(),
        _ => throw new ArgumentException($"No protocol '{name}' is known here. Known: holdfast, holdfast-memory, realtime, realtime-memory, signalr.", nameof(names)),
    })];
}

/// <summary>What a round is made of.</summary>
/// <param name="Stopped">Watchers that stop reading; what is measured then is measured a second time, and compared.</param>
internal sealed record LivePlan(int Watchers, int Rate, int Bytes, int Seconds, int Rounds, int Stopped)
{
    public static LivePlan Of(Arguments arguments) => new(
        arguments.Int("watchers", 100), arguments.Int("rate", 20), arguments.Int("bytes", 250), arguments.Int("seconds", 20), arguments.Int("rounds", 3),
        arguments.Int("stopped", 0));
}
