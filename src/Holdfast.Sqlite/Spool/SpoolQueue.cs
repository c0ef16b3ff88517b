using System.Threading.Channels;

namespace Holdfast.Sqlite.Spool;

/// <summary>Commands on their way to the writer, bounded in number and in bytes.</summary>
internal sealed class SpoolQueue
{
    // Enough that a commit always finds company under load; whoever comes beyond it waits.
    private const int CommandsMax = 4_096;

    private readonly Channel<SpoolCommand> _commands = Channel.CreateBounded<SpoolCommand>(
        new BoundedChannelOptions(CommandsMax) { SingleReader = true });

    private long _bytes;

    /// <summary>Bytes of the commands that are not settled yet.</summary>
    public long SizeBytes => Interlocked.Read(ref _bytes);

    public bool IsEmpty => !_commands.Reader.TryPeek(out _);

    /// <summary>Hands the command over. Cancellation works only until it is.</summary>
    /// <exception cref="ObjectDisposedException">The spool has been closed.</exception>
    public async ValueTask EnqueueAsync(SpoolCommand command, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _bytes, command.SizeBytes);
        try
        {
            await _commands.Writer.WriteAsync(command, cancellationToken);
        }
        catch (Exception exception)
        {
            Release(command);
            ObjectDisposedException.ThrowIf(exception is ChannelClosedException, typeof(SqliteSpool));
            throw;
        }
    }

    /// <summary>Without waiting; false when the queue is full or closed.</summary>
    public bool TryEnqueue(SpoolCommand command) => _commands.Writer.TryWrite(command);

    /// <summary>
    /// Waits until there is a command, then takes what is there, up to the limit. Nothing lingers for more: what arrives during a commit is
    /// there when it ends, so groups grow with the load by themselves, and a lone append is not delayed. False when closed and empty.
    /// </summary>
    public bool Take(List<SpoolCommand> group, long bytesMax)
    {
        group.Clear();
        if (!WaitForCommand())
        {
            return false;
        }

        var bytes = 0L;
        while (bytes < bytesMax && _commands.Reader.TryRead(out var command))
        {
            group.Add(command);
            bytes += command.SizeBytes;
        }

        return true;
    }

    /// <summary>The command is settled: its bytes no longer count.</summary>
    public void Release(SpoolCommand command) => Interlocked.Add(ref _bytes, -command.SizeBytes);

    /// <summary>Takes no more; what is there is still done.</summary>
    public void Close() => _commands.Writer.TryComplete();

    // The writer has a thread of its own, which may block.
    private bool WaitForCommand()
    {
        var ready = _commands.Reader.WaitToReadAsync();
        return ready.IsCompleted ? ready.GetAwaiter().GetResult() : ready.AsTask().GetAwaiter().GetResult();
    }
}
