namespace Holdfast.Faults.Support;

/// <summary>One item by its lines of history, told in their order, and what is wrong with them.</summary>
internal sealed class RetryStory
{
    private static readonly string[] Outcomes = ["completed", "failed", "dead_lettered", "cancelled"];

    private RetryLine? _lastAttempt;

    /// <summary>How it ended: <c>completed</c>, <c>failed</c>, <c>dead_lettered</c> or <c>cancelled</c>; null: it goes on.</summary>
    public string? End { get; private set; }

    /// <summary>The token under which it ended.</summary>
    public long? EndToken { get; private set; }

    /// <summary>How often a worker was lost over it.</summary>
    public int Crashes { get; private set; }

    /// <summary>Something was done to it that had been done already.</summary>
    public bool Doubled { get; private set; }

    /// <summary>An outcome counted although a later claim was known.</summary>
    public bool Stale { get; private set; }

    public static RetryStory Of(IEnumerable<RetryLine> lines)
    {
        var story = new RetryStory();

        // A lost worker and what comes of that are written in one moment.
        foreach (var line in lines.OrderBy(line => line.At).ThenBy(line => line.Token ?? long.MaxValue).ThenBy(line => line.Kind == "crashed" ? 0 : 1))
        {
            story.Tell(line);
        }

        return story;
    }

    private void Tell(RetryLine line)
    {
        if (line.Token is { } token)
        {
            TellAttempt(line, token);
        }
        else if (line.Kind == "requeued")
        {
            Doubled |= End is null or "completed";
            (End, EndToken) = (null, null);
        }

        if (Outcomes.Contains(line.Kind))
        {
            // What failed may be given up for good; nothing else ends twice.
            Doubled |= End is not null && !(line.Kind == "cancelled" && End is "failed" or "dead_lettered");
            (End, EndToken) = (line.Kind, line.Token);
        }
    }

    private void TellAttempt(RetryLine line, long token)
    {
        var consequence = line.Kind == "dead_lettered" && _lastAttempt is { Kind: "crashed" } lost && lost.Token == token;
        Stale |= !consequence && token <= _lastAttempt?.Token;
        Doubled |= End is not null && line.Kind is not ("completed" or "failed" or "dead_lettered");
        Crashes += line.Kind == "crashed" ? 1 : 0;
        _lastAttempt = line;
    }
}
