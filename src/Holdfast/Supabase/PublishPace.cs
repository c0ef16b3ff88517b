using Holdfast.Resilience;

namespace Holdfast.Supabase;

/// <summary>
/// How fast to publish: pure. Requests keep their distance, which doubles while the project's limit runs short or it throttles, and comes back
/// when it does not; after a failure there is a growing delay.
/// </summary>
internal sealed class PublishPace
{
    /// <summary>The longest distance: what is that late is news no more, and the project is asked whether it is better.</summary>
    public static readonly TimeSpan PeriodMax = TimeSpan.FromSeconds(8);

    /// <summary>The longest that the project may ask to be left alone.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(5);

    /// <summary>Until a key that was refused is tried again: somebody has to change it.</summary>
    public static readonly TimeSpan Refused = TimeSpan.FromMinutes(1);

    /// <summary>Messages in one request, at the most.</summary>
    public const int MessagesMax = 10;

    private static readonly BackoffSchedule Failing = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30), 0.25);

    private readonly TimeSpan _period;
    private readonly Func<double> _random;
    private TimeSpan _distance;
    private int _failures;

    /// <param name="period">The least distance.</param>
    /// <param name="random">Spreads the delays of several nodes.</param>
    public PublishPace(TimeSpan period, Func<double> random) => (_period, _distance, _random) = (period, period, random);

    /// <summary>How long to wait before the next request.</summary>
    public TimeSpan Delay { get; private set; } = TimeSpan.Zero;

    /// <summary>Messages that the next request may have.</summary>
    public int Messages { get; private set; } = MessagesMax;

    /// <summary>Requests in a row that were not accepted.</summary>
    public int Failures => _failures;

    /// <summary>The project has answered.</summary>
    public void Note(ProjectAnswer answer)
    {
        if (answer.IsAccepted)
        {
            NoteAccepted(answer.Rate);
        }
        else if (answer.IsThrottled)
        {
            NoteThrottled(answer);
        }
        else if (answer.IsRefused)
        {
            _failures++;
            Delay = Refused;
        }
        else
        {
            // What was wrong with this request is gone with it.
            Delay = _distance;
        }
    }

    /// <summary>The project did not answer, or with a fault of its own.</summary>
    /// <param name="retryAfter">When it wants to be asked again, or when the breaker lets something through; null: nobody has said.</param>
    public void NoteFailed(TimeSpan? retryAfter) => Delay = Longest(Failing.Next(_failures++, _random), retryAfter);

    private void NoteAccepted(ProjectRate? rate)
    {
        _failures = 0;
        _distance = rate is { IsShort: true } ? Doubled() : Halved();
        Messages = Math.Min(MessagesMax, Messages + 1);
        Delay = _distance;
    }

    private void NoteThrottled(ProjectAnswer answer)
    {
        if (answer.TooManyMessages && Messages > 1)
        {
            Messages = Math.Max(1, Messages / 2);
            Delay = _distance;
            return;
        }

        _distance = Doubled();
        Delay = Longest(answer.RetryAfter is null ? Failing.Next(_failures, _random) : TimeSpan.Zero, answer.RetryAfter);
        _failures++;
    }

    private TimeSpan Longest(TimeSpan delay, TimeSpan? asked)
    {
        var wanted = asked < RetryAfterMax ? asked.Value : asked is null ? TimeSpan.Zero : RetryAfterMax;
        return new[] { delay, wanted, _distance }.Max();
    }

    private TimeSpan Doubled() => _distance * 2 < PeriodMax ? _distance * 2 : PeriodMax;

    private TimeSpan Halved() => _distance / 2 > _period ? _distance / 2 : _period;
}
