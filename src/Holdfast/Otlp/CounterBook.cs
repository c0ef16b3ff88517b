using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>
/// Turns readings into samples. Our counters are running totals, so differences are added up here; and where a total began again, a sample
/// of 0 right after its start says so, because a new total that is already higher than the old one would look as if it had gone on.
/// <para>
/// What it knows stands in the series' entry and lasts as long as the series is active and the process runs: after that, a series told in
/// differences begins again at 0, which is marked like any other beginning.
/// </para>
/// </summary>
internal sealed class CounterBook(TimeSpan markAgeMax)
{
    // A total that is new to us may be old: only of a young one is it worth saying that it began at 0.
    private static readonly long FirstSightNanoseconds = TimeSpan.FromMinutes(10).Ticks * 100;

    private readonly long _markAgeMaxNanoseconds = markAgeMax.Ticks * 100;
    private readonly Lock _gate = new();

    /// <summary>Enters the readings of a request.</summary>
    /// <returns>The samples, and what is needed to take the entries back.</returns>
    public CounterPosting Post(List<OtlpReading> readings)
    {
        var posting = new CounterPosting(readings.Count);
        lock (_gate)
        {
            foreach (var reading in readings)
            {
                PostNeedsLock(reading, posting);
            }
        }

        return posting;
    }

    /// <summary>Takes the entries back, because their samples were not recorded: the sender will come again with the same readings.</summary>
    public void TakeBack(CounterPosting posting)
    {
        lock (_gate)
        {
            for (var i = posting.Before.Count - 1; i >= 0; i--)
            {
                var (entry, state) = posting.Before[i];
                entry.Counter = state;
            }
        }
    }

    private void PostNeedsLock(in OtlpReading reading, CounterPosting posting)
    {
        switch (reading.Kind)
        {
            case ReadingKind.Total:
                PostTotalNeedsLock(reading, posting);
                break;
            case ReadingKind.Difference:
                PostDifferenceNeedsLock(reading, posting);
                break;
            default:
                posting.Add(reading, reading.Value);
                break;
        }
    }

    private static void PostTotalNeedsLock(in OtlpReading reading, CounterPosting posting)
    {
        var known = reading.Entry.Counter;
        if (BeganAgain(known, reading))
        {
            posting.AddStart(reading, reading.StartNanoseconds);
        }

        posting.Add(reading, reading.Value);
        if (reading.TimeNanoseconds > known.TimeNanoseconds)
        {
            posting.Move(reading.Entry, new CounterState(reading.StartNanoseconds, reading.TimeNanoseconds, reading.Value));
        }
    }

    private static bool BeganAgain(in CounterState known, in OtlpReading reading) =>
        reading.StartNanoseconds != 0
        && (known.IsKnown
            ? reading.StartNanoseconds > known.StartNanoseconds && reading.StartNanoseconds >= known.TimeNanoseconds
            : reading.TimeNanoseconds - reading.StartNanoseconds <= FirstSightNanoseconds);

    private void PostDifferenceNeedsLock(in OtlpReading reading, CounterPosting posting)
    {
        var known = reading.Entry.Counter;
        if (reading.TimeNanoseconds <= known.TimeNanoseconds)
        {
            PassOver(known, reading, posting);
            return;
        }

        if (!known.IsKnown && reading.StartNanoseconds != 0)
        {
            posting.AddStart(reading, Math.Max(reading.StartNanoseconds, reading.TimeNanoseconds - _markAgeMaxNanoseconds));
        }

        var total = known.Total + reading.Value;
        posting.Add(reading, total);
        posting.Move(reading.Entry, new CounterState(reading.StartNanoseconds, reading.TimeNanoseconds, total));
    }

    /// <summary>A difference that is counted already: the very same one again is a sender whose answer was lost, and no fault.</summary>
    private static void PassOver(in CounterState known, in OtlpReading reading, CounterPosting posting)
    {
        var again = reading.TimeNanoseconds == known.TimeNanoseconds && reading.StartNanoseconds == known.StartNanoseconds;
        if (!again && reading.BeginsPoint)
        {
            posting.StalePoints.Add(reading.Entry.Series.Name);
        }
    }
}

/// <summary>What the readings of a request became.</summary>
internal sealed class CounterPosting(int readings)
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    public List<Sample> Samples { get; } = new(readings);

    /// <summary>Series of the data points that were passed over because their time is counted already.</summary>
    public List<string> StalePoints { get; } = [];

    /// <summary>What was known before, in the order of the moves.</summary>
    public List<(SeriesEntry Entry, CounterState State)> Before { get; } = [];

    public void Add(in OtlpReading reading, double value) =>
        Samples.Add(new Sample(reading.Entry.Series, reading.TimeNanoseconds / NanosecondsPerMillisecond, value));

    /// <summary>
    /// A sample of 0, one millisecond after the start: the last sample of the total before may stand at the very start, and of two samples at
    /// one time only one counts.
    /// </summary>
    public void AddStart(in OtlpReading reading, long startNanoseconds)
    {
        var at = (startNanoseconds / NanosecondsPerMillisecond) + 1;
        if (at < reading.TimeNanoseconds / NanosecondsPerMillisecond)
        {
            Samples.Add(new Sample(reading.Entry.Series, at, 0));
        }
    }

    public void Move(SeriesEntry entry, in CounterState state)
    {
        Before.Add((entry, entry.Counter));
        entry.Counter = state;
    }
}
