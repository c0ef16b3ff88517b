using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sources;

/// <summary>Turns what the sources say into samples. A source that fails costs only its own values. Used by one loop.</summary>
internal sealed class SourceReader(IEnumerable<ISource> sources, SeriesRegistry registry, ILogger<SourceReader> logger)
{
    private readonly List<ISource> _sources = [.. sources];
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly List<Reading> _readings = [];
    private bool _checked;

    /// <summary>The values of now.</summary>
    /// <param name="now">The time all samples get.</param>
    public IReadOnlyList<Sample> Read(DateTimeOffset now)
    {
        DropUnavailable();
        _readings.Clear();
        _sources.ForEach(ReadSource);
        return ToSamples(now.ToUnixTimeMilliseconds());
    }

    private void DropUnavailable()
    {
        if (!_checked)
        {
            _checked = true;
            _sources.RemoveAll(IsUnavailable);
        }
    }

    private bool IsUnavailable(ISource source)
    {
        if (source.Unavailable is not { } reason)
        {
            return false;
        }

        logger.SourceUnavailable(source.Name, reason);
        return true;
    }

    private void ReadSource(ISource source)
    {
        var before = _readings.Count;
        try
        {
            source.Read(_readings);
            if (_failed.Remove(source.Name))
            {
                logger.SourceRecovered(source.Name);
            }
        }
        catch (Exception fault)
        {
            _readings.RemoveRange(before, _readings.Count - before);
            if (_failed.Add(source.Name))
            {
                logger.SourceFailed(fault, source.Name);
            }
        }
    }

    private List<Sample> ToSamples(long unixMilliseconds)
    {
        var samples = new List<Sample>(_readings.Count);
        foreach (var reading in _readings)
        {
            var instrument = reading.Instrument;

            // A series that is not taken is counted by the registry.
            if (registry.Resolve(instrument.Name, reading.Labels, instrument.Unit, instrument.Kind, out _) is { } series)
            {
                samples.Add(new Sample(series, unixMilliseconds, reading.Value));
            }
        }

        return samples;
    }
}
