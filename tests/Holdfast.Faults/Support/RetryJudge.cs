namespace Holdfast.Faults.Support;

/// <summary>Holds what the database and the target of the callbacks know against what was promised. Pure.</summary>
internal static class RetryJudge
{
    /// <summary>How many ids a verdict names; the counts are always complete.</summary>
    private const int EvidenceMax = 5;

    /// <param name="committed">What a server said yes to.</param>
    /// <param name="calls">What the target saw.</param>
    public static RetryVerdict Decide(IEnumerable<Guid> committed, RetryHistory history, IReadOnlyCollection<Call> calls)
    {
        var stories = history.Lines.GroupBy(line => line.Id).ToDictionary(lines => lines.Key, RetryStory.Of);
        var places = history.Places.ToLookup(place => place.Id, place => place.Status);
        var called = calls.GroupBy(call => call.Id).ToDictionary(made => made.Key, made => made.Max(call => call.Token));
        var promised = committed.ToHashSet();
        var known = stories.Keys.Concat(history.Places.Select(place => place.Id)).ToHashSet();

        Guid[] lost = [.. promised.Where(id => PlacesOf(id) == 0)];
        Guid[] doubled = [.. known.Where(id => PlacesOf(id) > 1 || stories.GetValueOrDefault(id)?.Doubled == true)];
        Guid[] stale = [.. stories.Where(story => story.Value.Stale || IsOutdated(story.Key, story.Value)).Select(story => story.Key)];
        return new RetryVerdict
        {
            Committed = promised.Count,
            Calls = calls.Count,
            Completed = stories.Count(story => promised.Contains(story.Key) && story.Value.End == "completed"),
            DeadLettered = history.Places.Count(place => place.Status == "dead_letter"),
            Unfinished = history.Unfinished,
            Foreign = known.Count(id => !promised.Contains(id)),
            Crashes = stories.Values.Sum(story => story.Crashes),
            Lost = lost.Length,
            Doubled = doubled.Length,
            StaleAccepted = stale.Length,
            Evidence = $"lost {Some(lost)}, doubled {Some(doubled)}, stale {Some(stale)}",
        };

        int PlacesOf(Guid id) => places[id].Count() + (stories.GetValueOrDefault(id)?.End == "completed" ? 1 : 0);

        // The highest token that the target ever saw is that of the last claim; nobody else's outcome may stand.
        bool IsOutdated(Guid id, RetryStory story) => story.End == "completed" && called.GetValueOrDefault(id) != story.EndToken;
    }

    private static string Some(Guid[] ids) => ids.Length == 0 ? "none" : string.Join(' ', ids.Take(EvidenceMax)) + (ids.Length > EvidenceMax ? " ..." : "");
}

/// <summary>What the judge found.</summary>
internal sealed record RetryVerdict
{
    public required int Committed { get; init; }

    /// <summary>Calls that the target saw; more than items, where outcomes did not count.</summary>
    public required int Calls { get; init; }

    public required int Completed { get; init; }

    /// <summary>Items that wait for a person.</summary>
    public required int DeadLettered { get; init; }

    /// <summary>Items that wait for a worker, or are held by one.</summary>
    public required int Unfinished { get; init; }

    /// <summary>Items that nobody handed in.</summary>
    public required int Foreign { get; init; }

    /// <summary>Items whose worker was lost, each as often as it was.</summary>
    public required int Crashes { get; init; }

    /// <summary>Committed, and nowhere.</summary>
    public required int Lost { get; init; }

    /// <summary>In two places, or ended twice.</summary>
    public required int Doubled { get; init; }

    /// <summary>Outcomes that counted under a token that was not the highest, or under which nothing was called.</summary>
    public required int StaleAccepted { get; init; }

    public required string Evidence { get; init; }

    /// <summary>Everything that was committed has ended once, and nothing counts that should not.</summary>
    public void ShouldBeClean()
    {
        Committed.ShouldBePositive();
        (Lost, Doubled, StaleAccepted, Foreign, Unfinished).ShouldBe((0, 0, 0, 0, 0), $"{this}");
        (Completed + DeadLettered).ShouldBe(Committed, $"{this}");
    }

    /// <summary>Clean, and all of it done.</summary>
    public void ShouldBeDone()
    {
        ShouldBeClean();
        DeadLettered.ShouldBe(0, $"{this}");
    }
}
