namespace Holdfast.Events;

/// <summary>
/// Says what was dropped: the first time at once, and then once a second for as long as it goes on, so that no drop stays unsaid and a
/// flood of them makes no flood of reports. Safe for concurrent use.
/// </summary>
internal sealed class DropReport : IDisposable
{
    private const int TypesMax = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Action<DroppedEvents> _say;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private Dictionary<string, long> _byType = new(StringComparer.Ordinal);
    private long _dropped;
    private bool _quiet;

    public DropReport(TimeProvider time, Action<DroppedEvents> say)
    {
        _say = say;
        _timer = time.CreateTimer(_ => SayRest(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Note(string type, int deliveries)
    {
        DroppedEvents report;
        lock (_gate)
        {
            AddNeedsLock(type, deliveries);
            if (_quiet)
            {
                return;
            }

            report = TakeNeedsLock();
        }

        _say(report);
    }

    public void Dispose() => _timer.Dispose();

    private void SayRest()
    {
        DroppedEvents report;
        lock (_gate)
        {
            if (_dropped == 0)
            {
                _quiet = false;
                return;
            }

            report = TakeNeedsLock();
        }

        _say(report);
    }

    private void AddNeedsLock(string type, int deliveries)
    {
        _dropped += deliveries;
        var name = _byType.Count < TypesMax || _byType.ContainsKey(type) ? type : BoundedNames.Other;
        _byType[name] = _byType.GetValueOrDefault(name) + deliveries;
    }

    private DroppedEvents TakeNeedsLock()
    {
        var report = new DroppedEvents(_dropped, _byType);
        (_dropped, _byType, _quiet) = (0, new Dictionary<string, long>(StringComparer.Ordinal), true);
        _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        return report;
    }
}
