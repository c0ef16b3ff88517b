using System.Collections.Concurrent;

namespace Holdfast.Faults.Support;

/// <summary>What the producer knows of an event.</summary>
internal enum Answer : byte
{
    /// <summary>Not sent, as far as the server could notice.</summary>
    Unsent,

    /// <summary>The server said no: it need not be stored, and may be.</summary>
    Refused,

    /// <summary>Sent, and no answer came: both are right.</summary>
    Unknown,

    /// <summary>The server said yes: it must be stored, once.</summary>
    Acknowledged,
}

/// <summary>Events that are sent in one request, by their numbers.</summary>
internal readonly record struct Parcel(long First, int Count);

/// <summary>
/// Every event a test has sent and what it was told. An acknowledgement is an obligation of the server; the judge collects them.
/// Thread-safe.
/// </summary>
internal sealed class Obligations
{
    private readonly Lock _gate = new();
    private readonly List<Answer> _answers = [];
    private readonly ConcurrentQueue<Parcel> _unanswered = new();

    public EventNaming Naming { get; } = new();

    public Parcel Next(int count)
    {
        lock (_gate)
        {
            var first = _answers.Count;
            _answers.AddRange(Enumerable.Repeat(Answer.Unsent, count));
            return new Parcel(first, count);
        }
    }

    /// <summary>A parcel that nobody answered, to be sent again under the same ids, as a careful client does.</summary>
    public bool TryTakeUnanswered(out Parcel parcel) => _unanswered.TryDequeue(out parcel);

    /// <summary>Notes an answer. A later and lesser one takes nothing back: a repeat that is refused may have been stored the first time.</summary>
    public void Note(Parcel parcel, Answer answer)
    {
        lock (_gate)
        {
            for (var i = 0; i < parcel.Count; i++)
            {
                var number = (int)parcel.First + i;
                _answers[number] = (Answer)Math.Max((byte)_answers[number], (byte)answer);
            }
        }

        if (answer == Answer.Unknown)
        {
            _unanswered.Enqueue(parcel);
        }
    }

    public long Count(Answer answer)
    {
        lock (_gate)
        {
            return _answers.LongCount(a => a == answer);
        }
    }

    /// <summary>Waits until so many are acknowledged.</summary>
    public async Task WhenAcknowledgedAsync(long count, CancellationToken cancellationToken)
    {
        while (Count(Answer.Acknowledged) < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }

    /// <summary>By number.</summary>
    public IReadOnlyList<Answer> ToList()
    {
        lock (_gate)
        {
            return _answers.ToArray();
        }
    }
}
