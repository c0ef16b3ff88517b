namespace Holdfast.Monitoring;

/// <summary>
/// What a watcher has although this node has not told it yet: it comes from a node that was ahead, or this node does not know the epoch.
/// Until the stream has passed these places frames are made for this watcher alone, without what it has and with a cursor that keeps its
/// places; then it gets the same frames as everybody. For one thread.
/// </summary>
internal sealed class WatcherLead(LivePositions places)
{
    private LivePositions _places = places;

    /// <summary>Adds the frames of an update for this watcher.</summary>
    public void AddFrames(LogUpdate update, List<byte[]> frames)
    {
        var has = _places.In(update.Epoch) ?? 0;
        if (_places.Count > 0)
        {
            _places = _places.Where((epoch, place) => update.At.In(epoch) is not { } told || told < place);
        }

        switch (update)
        {
            case var _ when has >= update.To:
                break;
            case GapUpdate gap:
                frames.Add(LiveFrames.Gap(gap.Epoch, Math.Max(gap.From, has + 1), gap.To));
                break;
            case EventsUpdate events when _places.Count == 0 && has < events.From:
                foreach (var frame in events.Frames)
                {
                    frames.Add(frame.Bytes);
                }

                break;
            case EventsUpdate events:
                frames.AddRange(FramesBehind(events, has));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update), update, "Not an update of the log.");
        }
    }

    private IEnumerable<byte[]> FramesBehind(EventsUpdate update, long has)
    {
        var frames = has < update.From ? update.Frames : new LoggedEvents([.. update.Events.ToStored().Where(stored => stored.SequenceId > has)]).Encode(update.At);
        return frames.Select(frame => LiveFrames.WithCursor(frame.Bytes, LiveCursor.Encode(update.At.With(update.Epoch, frame.LastSequence).AtLeast(_places))));
    }
}
