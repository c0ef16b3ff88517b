using System.Text;
using System.Threading.Channels;
using Holdfast.BuiltIn.Rooms;

namespace Holdfast.Tests.Support;

/// <summary>A network in memory: each attempt to connect waits for what the test makes of it.</summary>
internal sealed class TrialTransport : IRoomTransport
{
    private readonly Channel<TrialDial> _dials = Channel.CreateUnbounded<TrialDial>();
    private int _count;

    /// <summary>Attempts until now.</summary>
    public int Count => Volatile.Read(ref _count);

    public async Task<IRoomSocket> ConnectAsync(Uri address, RoomOptions room, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _count);
        var dial = new TrialDial(address);
        _dials.Writer.TryWrite(dial);
        return await dial.Answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The next attempt that nobody has answered.</summary>
    public ValueTask<TrialDial> DialAsync() => _dials.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Takes the next attempt.</summary>
    public async Task<TrialSocket> AcceptAsync() => (await DialAsync()).Accept();
}

/// <summary>One attempt to connect.</summary>
internal sealed record TrialDial(Uri Address)
{
    public TaskCompletionSource<IRoomSocket> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TrialSocket Accept()
    {
        var socket = new TrialSocket();
        Answer.SetResult(socket);
        return socket;
    }

    public void Refuse(string why) => Answer.SetException(new RoomLostException(why));
}

/// <summary>A connection in memory; the test is the other side.</summary>
internal sealed class TrialSocket : IRoomSocket
{
    private readonly Channel<Func<RoomFrame>> _toClient = Channel.CreateUnbounded<Func<RoomFrame>>();
    private readonly Channel<string> _fromClient = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where set, sending waits for it, or fails with its fault.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public bool SaidGoodbye { get; private set; }

    public Task Disposed => _disposed.Task;

    public void Say(string json) => _toClient.Writer.TryWrite(() => new RoomFrame(Encoding.UTF8.GetBytes(json)));

    public void SayTooMuch() => _toClient.Writer.TryWrite(() => new RoomFrame(default, IsTooLarge: true));

    public void Close(string why) => _toClient.Writer.TryWrite(() => throw new RoomLostException(why));

    public ValueTask<string> HearAsync() => _fromClient.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public async ValueTask<RoomFrame> ReceiveAsync(CancellationToken cancellationToken) => (await _toClient.Reader.ReadAsync(cancellationToken))();

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        _fromClient.Writer.TryWrite(Encoding.UTF8.GetString(frame.Span));
        if (Hold is { } hold)
        {
            await hold.Task.WaitAsync(cancellationToken);
        }
    }

    public ValueTask CloseAsync()
    {
        SaidGoodbye = true;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
