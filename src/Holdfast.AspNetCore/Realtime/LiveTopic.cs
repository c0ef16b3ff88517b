using Holdfast.AspNetCore.Live;
using Holdfast.Monitoring;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>The topic <c>realtime:holdfast:live</c>: what <c>/live</c> sends and takes, within broadcasts.</summary>
internal sealed class LiveTopic(LiveContext context, ILogger<RealtimeSession> logger) : ILiveTopic
{
    /// <summary>Without <c>realtime:</c>.</summary>
    public const string TopicName = "holdfast:live";

    private readonly LiveBroadcast _broadcasts = new(new TopicKey(TopicName, Private: false).OnWire);

    public string Name => TopicName;

    public bool IsCursor(string text) => LiveCursor.TryDecode(text, out _);

    public ILiveChannel Open(RealtimeChannel channel, string? since, Action<string> broke)
    {
        var from = since is not null && LiveCursor.TryDecode(since, out var positions) ? positions : LivePositions.None;
        var feed = new Feed(context, channel.Rights.Name, channel.Queue, _broadcasts, logger, broke);
        feed.Start(from);
        return feed;
    }

    private sealed class Feed : ILiveChannel
    {
        private readonly CancellationTokenSource _end = new();
        private readonly ConnectionQueue _queue;
        private readonly ILogger _logger;
        private readonly Action<string> _broke;
        private readonly LiveFeed _feed;
        private readonly LiveRequests _requests;
        private readonly Watchers _watchers;
        private readonly Watcher _watcher;

        public Feed(LiveContext context, string name, ConnectionQueue queue, LiveBroadcast broadcasts, ILogger logger, Action<string> broke)
        {
            (_queue, _logger, _broke) = (queue, logger, broke);
            _feed = new LiveFeed(context, (frame, token) => queue.LiveAsync(broadcasts.Of(frame), token));
            (_watchers, _watcher) = (context.Watchers, context.Watchers.Enter(name, context.Adapter.Name, () => _feed.Outbox.Dropped));
            _requests = new LiveRequests(context, _feed.Outbox, _watcher);
        }

        public Task Ended { get; private set; } = Task.CompletedTask;

        // Elsewhere: the snapshot and the log are not for whoever reads the client's frames.
        public void Start(LivePositions since)
        {
            var token = _end.Token;
            Ended = Task.Run(() => RunAsync(since, token), CancellationToken.None);
        }

        public void Handle(ReadOnlyMemory<byte> frame) => _requests.Handle(frame);

        public void Finish(string reason, TimeSpan retryAfter) => _feed.Outbox.Finish(LiveFrames.Bye(reason, retryAfter));

        public void Dispose()
        {
            _watchers.Leave(_watcher);
            _end.Cancel();
            _end.Dispose();
        }

        private async Task RunAsync(LivePositions since, CancellationToken cancellationToken)
        {
            try
            {
                await _feed.BeginAsync(since, cancellationToken);
                await _feed.SendAsync(cancellationToken);
                if (_feed.Outbox.Overflowed)
                {
                    _queue.Overflow();
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The channel has left.
            }
            catch (Exception fault)
            {
                _logger.FeedFailed(fault);
                _broke("The live topic could not go on");
            }
            finally
            {
                _feed.Dispose();
            }
        }
    }
}
