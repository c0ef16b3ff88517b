namespace Holdfast.Postgres.Retries;

/// <summary>
/// Decides where the claims of this process look. An open transaction, of whomever, keeps the index entries of all items that were handed out
/// since it began, and a claim that begins at the front walks over them: 70 ns each, which is seconds after minutes. What has one type and one
/// penalty comes in the order of time, so there is nothing behind what was handed out last, but for what goes back to its old place, comes
/// with a priority not seen before, or was committed late. So when a full look passed many entries, the next ones go through windows, and full
/// ones follow at a twentieth of the time. Normally every look is a full one. Thread-safe, does no I/O.
/// </summary>
internal sealed class ClaimWindows(TimeProvider time, long many)
{
    /// <summary>Index entries passed by a look that is worth being shortened: 2 ms.</summary>
    public const long Many = 30_000;

    private const int FullShare = 20;

    // Of type and penalty. There are 21 priorities; beyond this all looks are full.
    private const int LanesMax = 1_000;

    private static readonly TimeSpan FullAgainMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HelplessFor = TimeSpan.FromSeconds(10);

    // What is committed this much later than it was begun is still found by the next look.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(500);

    private static readonly DateTimeOffset Beginning = DateTimeOffset.UnixEpoch;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Type, TimeSpan Penalty), DateTimeOffset> _behind = [];
    private readonly long _origin = time.GetTimestamp();
    private DateTimeOffset? _dueSeen;
    private TimeSpan _fullAt;
    private long _fullWalked;
    private TimeSpan _helplessUntil;

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Where the next claim looks.</summary>
    /// <param name="types">The operation types that it is for; without them it always looks everywhere.</param>
    public ClaimLook Next(IReadOnlyList<string>? types)
    {
        lock (_gate)
        {
            return types is null || _behind.Count > LanesMax || Now >= _fullAt ? ClaimLook.Everywhere : Windows(types);
        }
    }

    /// <summary>Learns from what a claim found.</summary>
    public void Note(ClaimLook look, in ClaimFindings found)
    {
        lock (_gate)
        {
            if (look.IsEverywhere && (found.Walked < many || Now < _helplessUntil))
            {
                _behind.Clear();
                _fullAt = TimeSpan.Zero;
                return;
            }

            Advance(found);
            if (look.IsEverywhere)
            {
                _fullWalked = found.Walked;
                _fullAt = Now + Longer(FullAgainMin, found.Took * FullShare);
            }
            else if (found.Walked >= many && found.Walked * 2 > _fullWalked)
            {
                // They are as full of what is gone as the rest.
                _fullAt = TimeSpan.Zero;
                _helplessUntil = Now + HelplessFor;
            }
        }
    }

    private ClaimLook Windows(IReadOnlyList<string> types)
    {
        var lanes = _behind.Where(lane => types.Contains(lane.Key.Type)).ToList();
        return types.Except(lanes.Select(lane => lane.Key.Type)).Any()
            ? ClaimLook.Everywhere
            : new ClaimLook(
                [.. lanes.Select(lane => lane.Key.Type)],
                [.. lanes.Select(lane => (lane.Value - Slack - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)],
                [.. lanes.Select(lane => lane.Key.Penalty.Ticks / TimeSpan.TicksPerMicrosecond)],
                _dueSeen - Slack,
                Longer(_fullAt - Now, TimeSpan.FromMilliseconds(1)));
    }

    // All that was due and came before the last of them was handed out; when there was room for more, all that was due at that moment.
    private void Advance(in ClaimFindings found)
    {
        var last = found.IsAll ? DateTimeOffset.MaxValue : found.Items.Select(item => item.RunAfter + item.What.Penalty).DefaultIfEmpty(Beginning).Max();
        foreach (var item in found.Items)
        {
            _behind.TryAdd((item.What.OperationType, item.What.Penalty), Beginning);
        }

        foreach (var type in found.Types.Except(_behind.Keys.Select(lane => lane.Type)).ToList())
        {
            _behind.Add((type, TimeSpan.Zero), Beginning);
        }

        foreach (var (lane, behind) in _behind.ToList())
        {
            _behind[lane] = Later(behind, Earlier(last, found.ClaimedAt + lane.Penalty));
        }

        _dueSeen = found.MoreDue ? _dueSeen : found.ClaimedAt;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
