using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Holdfast.Telemetry;

/// <summary>
/// Listens to meters and keeps the values of their instruments for whoever scrapes them. Measuring is free of locks and allocates
/// nothing for a series that is known; a collection asks the observable instruments and waits for no measurement.
/// </summary>
internal sealed class MeterCollector : IDisposable
{
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Func<Instrument, bool> _isChosen;
    private readonly Func<Instrument, MetricDefinition?> _define;
    private readonly ILogger<MeterCollector> _logger;

    // One collection at a time.
    private readonly Lock _collecting = new();
    private long _round;
    private bool _failing;

    /// <param name="isChosen">Which instruments to listen to.</param>
    /// <param name="define">The metric that an instrument makes. Default: one by the conventions of Prometheus.</param>
    public MeterCollector(Func<Instrument, bool> isChosen, ILogger<MeterCollector> logger, Func<Instrument, MetricDefinition?>? define = null)
    {
        (_isChosen, _logger, _define) = (isChosen, logger, define ?? Instruments.Define);
        _listener.InstrumentPublished = OnPublished;
        Hear<double>(value => value);
        Hear<float>(value => value);
        Hear<decimal>(value => (double)value);
        Hear<long>(value => value);
        Hear<int>(value => value);
        Hear<short>(value => value);
        Hear<byte>(value => value);
        _listener.Start();
    }

    /// <summary>Has the observable instruments observed, and hands over all metrics by name.</summary>
    public void Collect(Action<IReadOnlyList<MetricFamily>> use)
    {
        lock (_collecting)
        {
            var families = _families.Values.OrderBy(family => family.Definition.Name, StringComparer.Ordinal).ToList();
            families.ForEach(family => family.Begin(_round + 1));
            _round++;
            ObserveNeedsLock();
            families.ForEach(family => family.End());
            use(families);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void ObserveNeedsLock()
    {
        try
        {
            _listener.RecordObservableInstruments();
            _failing = false;
        }
        catch (AggregateException faults)
        {
            // The others have been asked all the same: one that fails costs its own metric. Said once: some collect each second.
            if (!_failing)
            {
                _logger.ObservationFailed(faults);
            }

            _failing = true;
        }
    }

    private void Hear<T>(Func<T, double> toDouble)
        where T : struct =>
        _listener.SetMeasurementEventCallback<T>((_, value, tags, family) => ((MetricFamily)family!).Record(toDouble(value), tags));

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!_isChosen(instrument) || _define(instrument) is not { } definition)
        {
            return;
        }

        var family = _families.GetOrAdd(definition.Name, _ => new MetricFamily(definition));
        if (family.Definition.Kind != definition.Kind || family.Definition.Recording != definition.Recording)
        {
            // Under one name two kinds of metric are no text that anybody can read.
            _logger.NameTaken(instrument.Meter.Name, instrument.Name, definition.Name);
            return;
        }

        listener.EnableMeasurementEvents(instrument, family);
    }
}
