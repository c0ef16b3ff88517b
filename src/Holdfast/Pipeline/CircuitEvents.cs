using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Resilience;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Records every move of a circuit as an event: <c>circuit_breaker_open</c>, <c>circuit_breaker_half_open</c>, <c>circuit_breaker_close</c>.
/// Events go into the spool, which stands behind no breaker, so a move is recorded while the database is away and causes no other move.
/// </summary>
internal sealed class CircuitEvents : ILoop
{
    /// <summary>Where the events say they come from.</summary>
    public const string Source = "holdfast";

    /// <summary>Moves that wait for the spool. A circuit moves a few times a minute at the most; further ones are logged and given up.</summary>
    private const int WaitingMax = 1_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<CircuitEvent> _waiting = Channel.CreateBounded<CircuitEvent>(WaitingMax);
    private readonly IEventIntake _intake;
    private readonly TimeProvider _time;
    private readonly ILogger<CircuitEvents> _logger;

    public CircuitEvents(ResiliencePipelines pipelines, IEventIntake intake, TimeProvider time, ILogger<CircuitEvents> logger)
    {
        (_intake, _time, _logger) = (intake, time, logger);
        pipelines.Subscribe(Note);
    }

    public string Name => "circuit events";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            {
                await RecordWaitingAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The spool is still open: what happened on the way out is recorded too.
            await RecordLastAsync();
        }
    }

    private void Note(CircuitTransition transition)
    {
        // The id is given here, so that one that is recorded twice is stored once.
        if (!_waiting.Writer.TryWrite(new CircuitEvent(Guid.CreateVersion7(transition.At), transition)))
        {
            _logger.CircuitEventLost(transition.EventType, transition.Breaker, "Too many of them wait for the spool.");
        }
    }

    private async Task RecordWaitingAsync(CancellationToken cancellationToken)
    {
        // Looked at, recorded, and only then taken away: a wait for the spool that is broken off loses nothing.
        while (_waiting.Reader.TryPeek(out var next))
        {
            while (!await TryRecordAsync(next, cancellationToken))
            {
                await Task.Delay(RetryDelay, _time, cancellationToken);
            }

            _waiting.Reader.TryRead(out _);
        }
    }

    private async Task RecordLastAsync()
    {
        while (_waiting.Reader.TryRead(out var next))
        {
            if (!await TryRecordAsync(next, CancellationToken.None))
            {
                _logger.CircuitEventLost(next.Transition.EventType, next.Transition.Breaker, "The process is leaving and the spool takes nothing.");
            }
        }
    }

    /// <summary>False when the spool takes nothing at present.</summary>
    private async ValueTask<bool> TryRecordAsync(CircuitEvent next, CancellationToken cancellationToken)
    {
        try
        {
            await _intake.RecordAsync(ToEvent(next), cancellationToken);
            return true;
        }
        catch (Exception fault) when (fault is SpoolFullException or SpoolUnavailableException)
        {
            return false;
        }
        catch (EventRejectedException rejected)
        {
            _logger.CircuitEventLost(next.Transition.EventType, next.Transition.Breaker, rejected.Message);
            return true;
        }
    }

    private static MonitoringEvent ToEvent(CircuitEvent circuit) => new()
    {
        EventType = circuit.Transition.EventType,
        EventId = circuit.EventId,
        Timestamp = circuit.Transition.At,
        Source = Source,
        Data = Data(circuit.Transition),
    };

    private static JsonObject Data(CircuitTransition transition)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            ResilienceJson.WriteTransition(json, transition);
        }

        return JsonNode.Parse(bytes.WrittenSpan)!.AsObject();
    }

    private sealed record CircuitEvent(Guid EventId, CircuitTransition Transition);
}
