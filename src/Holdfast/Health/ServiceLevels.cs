namespace Holdfast.Health;

/// <summary>A stretch of time that service levels look at.</summary>
/// <param name="Name">On the wire: <c>1h</c>.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Step">The buckets that it is made of.</param>
internal sealed record ServiceWindow(string Name, TimeSpan Length, TimeSpan Step)
{
    public static IReadOnlyList<ServiceWindow> All { get; } =
    [
        new("1h", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
        new("24h", TimeSpan.FromDays(1), TimeSpan.FromMinutes(1)),
        new("30d", TimeSpan.FromDays(30), TimeSpan.FromHours(1)),
    ];

    /// <summary>When the window begins that ends now: at a whole step, so that its first bucket belongs to it whole.</summary>
    public DateTimeOffset BeginsAt(DateTimeOffset now) => new(((now.UtcTicks / Step.Ticks) + 1 - (Length.Ticks / Step.Ticks)) * Step.Ticks, TimeSpan.Zero);
}

/// <summary>What was measured in a minute or an hour.</summary>
/// <param name="Up">How long data was accepted.</param>
/// <param name="Total">Requests that were answered, and records that were taken or not.</param>
/// <param name="Failed">Those that the server could not do.</param>
internal readonly record struct ServiceBucket(TimeSpan Up, long Total, long Failed)
{
    public static ServiceBucket operator +(ServiceBucket one, ServiceBucket other) => new(one.Up + other.Up, one.Total + other.Total, one.Failed + other.Failed);
}

/// <summary>The buckets, by the instant at which they begin.</summary>
/// <param name="Since">When it was first measured; null: never.</param>
internal sealed record ServiceHistory(DateTimeOffset? Since, IReadOnlyDictionary<DateTimeOffset, ServiceBucket> Minutes, IReadOnlyDictionary<DateTimeOffset, ServiceBucket> Hours)
{
    public static ServiceHistory None { get; } = new(null, new Dictionary<DateTimeOffset, ServiceBucket>(), new Dictionary<DateTimeOffset, ServiceBucket>());
}

/// <summary>How a window did.</summary>
/// <param name="Measured">How long it was measured: at most the window, less where the data directory is younger.</param>
internal sealed record ServiceLevel(ServiceWindow Window, ServiceBucket Counts, TimeSpan Measured)
{
    /// <summary>The share of time that is to be up.</summary>
    public const double UptimeTarget = 0.999;

    /// <summary>The share of answers that may fail.</summary>
    public const double ErrorTarget = 0.001;

    /// <summary>Null: nothing was measured.</summary>
    public double? Uptime => Measured > TimeSpan.Zero ? Up / Measured : null;

    /// <summary>How much longer it may be down within the window; negative: how much too long it was.</summary>
    public TimeSpan DownLeft => (Window.Length * (1 - UptimeTarget)) - (Measured - Up);

    /// <summary>Null: nothing was asked for.</summary>
    public double? Errors => Counts.Total > 0 ? (double)Counts.Failed / Counts.Total : null;

    /// <summary>How many more of so many answers may have failed; negative: how many too many.</summary>
    public double FailuresLeft => (Counts.Total * ErrorTarget) - Counts.Failed;

    private TimeSpan Up => Counts.Up < Measured ? Counts.Up : Measured;
}

/// <summary>
/// Uptime and errors over the last hour, day and thirty days, from buckets of a minute and of an hour. Time of which nothing is known was down:
/// the process did not run. Bounded: a day of minutes and thirty days of hours. Safe for concurrent use.
/// </summary>
internal sealed class ServiceLevels
{
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly ServiceBuckets _minutes;
    private readonly ServiceBuckets _hours;
    private DateTimeOffset? _since;
    private DateTimeOffset? _last;

    public ServiceLevels(ServiceHistory known)
    {
        _since = known.Since;
        _minutes = new ServiceBuckets(TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), known.Minutes);
        _hours = new ServiceBuckets(TimeSpan.FromHours(1), TimeSpan.FromDays(30), known.Hours);
    }

    /// <summary>Adds what happened just now.</summary>
    public void Add(DateTimeOffset now, ServiceBucket happened)
    {
        lock (_gate)
        {
            // What was first measured by a clock that was ahead is measured from now on.
            _since = _since <= now ? _since : now - happened.Up;
            _last = now;
            _minutes.Add(now, happened);
            _hours.Add(now, happened);
        }
    }

    public IReadOnlyList<ServiceLevel> Measure(DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. ServiceWindow.All.Select(window => MeasureNeedsLock(window, now))];
        }
    }

    public ServiceHistory Remember()
    {
        lock (_gate)
        {
            return new ServiceHistory(_since, _minutes.ToDictionary(), _hours.ToDictionary());
        }
    }

    private ServiceLevel MeasureNeedsLock(ServiceWindow window, DateTimeOffset now)
    {
        var begins = window.BeginsAt(now);
        var counts = (window.Step == _minutes.Step ? _minutes : _hours).Sum(begins, now);

        // Of the moment since the last look nothing is known yet; where nobody looks any more it is not up.
        var until = _last is { } last && last <= now && now - last <= LookPatience ? last : now;
        var since = _since is { } first && first > begins ? first : begins;
        return new ServiceLevel(window, counts, _since is null || since > until ? TimeSpan.Zero : until - since);
    }
}
