using Holdfast.BuiltIn.Commands;
using Microsoft.Extensions.Logging;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// One room: connects, serves, waits, and begins again. One loop does all of it, so whatever reports a loss, and how often, there is one
/// reconnect; and it holds no lock while it waits.
/// </summary>
internal sealed class Room(RoomOptions options, RoomContext context)
{
    private static readonly TimeSpan JoinTime = TimeSpan.FromSeconds(1);

    private readonly RoomProtocol _protocol = RoomProtocol.Of(options);
    private readonly RoomCourse _course = new(options, context.Time, context.Random);
    private readonly RoomCounters _counters = new();
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RoomOutbox? _outbox;

    public RoomOptions Options => options;

    /// <summary>Completes when it was joined once, or could not be.</summary>
    public Task Tried => _tried.Task;

    public bool IsJoined => _course.Now.State == RoomState.Joined;

    /// <summary>Until it was tried again; a second where nobody knows.</summary>
    public TimeSpan Wait
    {
        get
        {
            var left = _course.Now.NextAttemptAt - context.Time.GetUtcNow() ?? TimeSpan.Zero;
            return left > TimeSpan.Zero ? left + JoinTime : JoinTime;
        }
    }

    public RoomSnapshot Snapshot() => new(options, _course.Now, _counters);

    /// <summary>Stays in the room until it is told to stop, or gives up.</summary>
    public async Task RunAsync(RoomNews news, CancellationToken stop)
    {
        try
        {
            while (await LiveOnceAsync(news, stop) is { } delay)
            {
                await Task.Delay(delay, context.Time, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Whatever ended it then was asked for.
        }
        finally
        {
            _course.Stop();
            _tried.TrySetResult();
        }
    }

    /// <summary>Completes when the connection has taken the message.</summary>
    /// <exception cref="RoomRefusedException">It has not, and says why.</exception>
    public async Task SendAsync(RoomMessage message, CancellationToken cancellationToken)
    {
        try
        {
            var frame = _protocol.Write(message);
            var outbox = _outbox ?? throw new RoomRefusedException(RoomRefusedException.Unavailable, $"The room '{options.Name}' is not joined.");
            await outbox.SendAsync(frame, cancellationToken);
            _counters.NoteSent();
        }
        catch (RoomRefusedException)
        {
            _counters.NoteRefused();
            throw;
        }
    }

    /// <returns>How long to wait before the next attempt; null: there is none.</returns>
    private async Task<TimeSpan?> LiveOnceAsync(RoomNews news, CancellationToken stop)
    {
        try
        {
            _course.Connect();
            await JoinAndServeAsync(news, stop);
            throw new RoomLostException("The connection has ended.");
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            return Lose(news, RoomFaults.TextOf(fault, options));
        }
    }

    private async Task JoinAndServeAsync(RoomNews news, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(options.JoinPatience, context.Time);
        using var greeting = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        await using var socket = await ConnectAsync(greeting.Token);
        var connection = new RoomConnection(options, _protocol, socket, _counters, happened => Tell(news, happened), context.Time);
        await connection.GreetAsync(greeting.Token);
        patience.CancelAfter(Timeout.InfiniteTimeSpan); // it is in
        _outbox = connection.Outbox;
        try
        {
            Join(news);
            await connection.ServeAsync(stop);
        }
        finally
        {
            _outbox = null;
        }
    }

    private async Task<IRoomSocket> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await context.Transport.ConnectAsync(_protocol.Address, options, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new RoomLostException("There was no connection in time.");
        }
    }

    private void Join(RoomNews news)
    {
        _course.Join();
        _counters.NoteJoined();
        context.Logger.RoomJoined(options.Name);
        news.Joined(options.Name);
        _tried.TrySetResult();
        news.Turned();
    }

    private TimeSpan? Lose(RoomNews news, string reason)
    {
        var loss = _course.Lose(reason);
        _counters.NoteLost();
        if (loss.Delay is not { } delay)
        {
            context.Logger.RoomGivenUp(options.Name, options.AttemptsMax, reason);
            news.GivenUp(options.Name, reason);
        }
        else if (loss.IsNews)
        {
            context.Logger.RoomLost(options.Name, reason, delay.TotalSeconds);
            news.Lost(options.Name, reason);
        }
        else
        {
            context.Logger.RoomStillLost(options.Name, reason, delay.TotalSeconds);
        }

        _tried.TrySetResult();
        news.Turned();
        return loss.Delay;
    }

    private void Tell(RoomNews news, RoomEvent happened) => _counters.NoteUndelivered(news.Happened(happened, IsCommand(happened)).Dropped);

    private bool IsCommand(RoomEvent happened) =>
        options.Commands && happened is { IsOwn: false, User: not null, Text: { } text } && text.AsSpan().TrimStart().StartsWith([CommandLineText.Prefix]);
}

/// <summary>What all rooms share.</summary>
internal sealed record RoomContext(IRoomTransport Transport, TimeProvider Time, Func<double> Random, ILogger Logger);

/// <summary>A room at one instant, with what went through it.</summary>
internal sealed record RoomSnapshot(RoomOptions Options, RoomStanding Standing, RoomCounters Counters);
