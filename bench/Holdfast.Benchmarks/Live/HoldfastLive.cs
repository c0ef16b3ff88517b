using Holdfast.Faults.Support;

namespace Holdfast.Benchmarks.Live;

/// <summary>Our own: an event is posted, made durable, and told over <c>/live</c>.</summary>
/// <param name="durability">What the acknowledgement is worth; <c>memory</c> leaves the disk out, as the others do.</param>
internal class HoldfastLive(string durability) : LiveProtocol
{
    public override string Name => $"holdfast ({durability})";

    protected string Durability => durability;

    public override string WatchPath => "/live";

    public override string PublishPath => "/api/events";

    // Only events: the others send nothing else either.
    public override IReadOnlyList<string> Greeting => ["""["unsub","overview"]"""];

    public override async Task<IServerUnderLoad> StartAsync(string directory) => new Server(await ServerProcess.StartAsync(
        directory, new Dictionary<string, string> { ["HOLDFAST_DURABILITY"] = durability, ["HOLDFAST_SOURCES"] = "" }));

    public override bool IsGreeted(ReadOnlySpan<byte> message) => message.StartsWith("[\"s\""u8);

    public override string Body(string payload) => $$"""{"event_type":"bench.live","source":"bench","data":{{payload}}}""";

    private sealed class Server(ServerProcess process) : IServerUnderLoad
    {
        public Uri Address => process.Address;

        public TimeSpan ProcessorTime => process.ProcessorTime;

        public long ResidentBytes => process.ResidentBytes.Now;

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }
}
