using Holdfast.Realtime.Changes;
using Holdfast.Realtime.Channels;

namespace Holdfast.Realtime;

/// <summary>What all connections of this process share.</summary>
internal sealed class RealtimeServer : IDisposable
{
    private readonly Func<RealtimeOptions> _options;
    private long _malformed;
    private long _joins;
    private long _refused;

    public RealtimeServer(Func<RealtimeOptions> options, TimeProvider time)
    {
        (_options, Time) = (options, time);
        Hub = new RealtimeHub(options(), time);
        Rates = new MessageRates(time);
        Changes = new RowChanges();
        Adapter = new RealtimeAdapter(Changes);
    }

    public TimeProvider Time { get; }

    public RealtimeHub Hub { get; }

    public RowChanges Changes { get; }

    public RealtimeAdapter Adapter { get; }

    public MessageRates Rates { get; }

    /// <summary>As they are now.</summary>
    public RealtimeOptions Options => _options();

    /// <summary>Frames that could not be read and were passed over.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    /// <summary>Channels that were entered.</summary>
    public long Joins => Interlocked.Read(ref _joins);

    /// <summary>Joins that were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public void NoteMalformed() => Interlocked.Increment(ref _malformed);

    public void NoteJoin(bool refused) => Interlocked.Increment(ref refused ? ref _refused : ref _joins);

    public void Dispose() => Hub.Dispose();
}
