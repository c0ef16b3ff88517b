using System.Diagnostics;
using System.Diagnostics.Metrics;
using Polly.Telemetry;

namespace Holdfast.Resilience;

/// <summary>
/// Turns Polly's telemetry into metrics, with the meter, instruments and attributes that Polly's own extensions have, so that
/// dashboards made for those work; and into <c>holdfast.resilience.retry.attempts</c>.
/// </summary>
public sealed class PollyMeterListener : TelemetryListener, IDisposable
{
    /// <summary>Name of the meter of Polly's instruments.</summary>
    public const string PollyMeterName = "Polly";

    private readonly Meter _polly;
    private readonly Meter _own;
    private readonly Counter<int> _events;
    private readonly Histogram<double> _attemptDuration;
    private readonly Histogram<double> _pipelineDuration;
    private readonly Counter<long> _attempts;

    /// <summary>Makes the instruments.</summary>
    /// <param name="scope">Scope of the meters, for a listener that means only these. Default: none.</param>
    public PollyMeterListener(object? scope = null)
    {
        _polly = new Meter(new MeterOptions(PollyMeterName) { Scope = scope });
        _own = new Meter(new MeterOptions(ResilienceMetrics.MeterName) { Scope = scope });
        _events = _polly.CreateCounter<int>("resilience.polly.strategy.events", description: "Events of resilience strategies.");
        _attemptDuration = _polly.CreateHistogram<double>("resilience.polly.strategy.attempt.duration", "ms", "Durations of attempts.");
        _pipelineDuration = _polly.CreateHistogram<double>("resilience.polly.pipeline.duration", "ms", "Durations of whole operations.");
        _attempts = _own.CreateCounter<long>("holdfast.resilience.retry.attempts", "{attempt}", "Attempts of in-process retries, first attempts included.");
    }

    /// <inheritdoc/>
    public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
    {
        // TArgs is a struct, so the compiler makes a Write of its own for each and nothing is boxed.
        switch (args.Arguments)
        {
            case PipelineExecutedArguments operation:
                WriteOperation(args, operation.Duration);
                break;
            case ExecutionAttemptArguments attempt:
                WriteAttempt(args, attempt);
                break;
            default:
                WriteEvent(args);
                break;
        }
    }

    /// <summary>Ends the instruments.</summary>
    public void Dispose()
    {
        _polly.Dispose();
        _own.Dispose();
    }

    private void WriteOperation<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args, TimeSpan duration)
    {
        if (_pipelineDuration.Enabled)
        {
            _pipelineDuration.Record(duration.TotalMilliseconds, Tags(args));
        }
    }

    private void WriteAttempt<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args, ExecutionAttemptArguments attempt)
    {
        if (_attemptDuration.Enabled)
        {
            var tags = Tags(args);
            tags.Add("attempt.number", attempt.AttemptNumber);
            tags.Add("attempt.handled", attempt.Handled);
            _attemptDuration.Record(attempt.Duration.TotalMilliseconds, tags);
        }

        if (_attempts.Enabled)
        {
            _attempts.Add(
                1, new("pipeline", args.Source.PipelineName), new("attempt.number", attempt.AttemptNumber), new("attempt.handled", attempt.Handled));
        }
    }

    private void WriteEvent<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
    {
        if (_events.Enabled)
        {
            _events.Add(1, Tags(args));
        }
    }

    private static TagList Tags<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
    {
        var tags = new TagList { { "event.name", args.Event.EventName }, { "event.severity", args.Event.Severity.ToString() } };
        AddIfKnown(ref tags, "pipeline.name", args.Source.PipelineName);
        AddIfKnown(ref tags, "pipeline.instance", args.Source.PipelineInstanceName);
        AddIfKnown(ref tags, "strategy.name", args.Source.StrategyName);
        AddIfKnown(ref tags, "operation.key", args.Context.OperationKey);
        AddIfKnown(ref tags, "exception.type", args.Outcome?.Exception?.GetType().FullName);
        return tags;
    }

    private static void AddIfKnown(ref TagList tags, string name, string? value)
    {
        if (value is not null)
        {
            tags.Add(name, value);
        }
    }
}
