namespace Holdfast.Benchmarks.Live;

/// <summary>
/// A server that tells all who watch what is published, and how one watches it. Another one to measure is another class. Publishing is a POST in
/// every case, so that what is timed begins at the same place.
/// </summary>
internal abstract class LiveProtocol
{
    /// <summary>What its line in the report is called.</summary>
    public abstract string Name { get; }

    /// <summary>Path and query of the WebSocket.</summary>
    public abstract string WatchPath { get; }

    /// <summary>Where what is to be told is posted.</summary>
    public abstract string PublishPath { get; }

    /// <summary>What a watcher says when it is connected.</summary>
    public virtual IReadOnlyList<string> Greeting => [];

    /// <summary>What it says every ten seconds, so that it is not taken for dead; null for nothing.</summary>
    public virtual string? Heartbeat => null;

    public abstract Task<IServerUnderLoad> StartAsync(string directory);

    /// <summary>Whether this message says that the watcher gets everything from now on.</summary>
    public abstract bool IsGreeted(ReadOnlySpan<byte> message);

    /// <summary>The request that has a payload told.</summary>
    /// <param name="payload">A JSON object.</param>
    public abstract string Body(string payload);
}

/// <summary>A server in a process of its own.</summary>
internal interface IServerUnderLoad : IAsyncDisposable
{
    Uri Address { get; }

    TimeSpan ProcessorTime { get; }

    long ResidentBytes { get; }
}
