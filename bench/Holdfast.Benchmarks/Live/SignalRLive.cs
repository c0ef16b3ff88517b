namespace Holdfast.Benchmarks.Live;

/// <summary>SignalR of ASP.NET Core over WebSocket, with its JSON protocol; see <see cref="SignalRServer"/>.</summary>
internal sealed class SignalRLive : LiveProtocol
{
    // Ends each of its messages.
    private const char Separator = '\u001e';

    public override string Name => "signalr";

    public override string WatchPath => SignalRServer.HubPath;

    public override string PublishPath => SignalRServer.PublishPath;

    public override IReadOnlyList<string> Greeting => ["""{"protocol":"json","version":1}""" + Separator];

    public override string Heartbeat => """{"type":6}""" + Separator;

    public override async Task<IServerUnderLoad> StartAsync(string directory) => await ChildServer.StartAsync(SignalRServer.Verb);

    public override bool IsGreeted(ReadOnlySpan<byte> message) => message.StartsWith("{}\u001e"u8);

    public override string Body(string payload) => payload;
}
