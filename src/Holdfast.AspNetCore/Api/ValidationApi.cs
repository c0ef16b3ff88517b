using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Validation metrics: what was counted, what of it is stored, and storing it now.</summary>
internal sealed class ValidationApi(NodeParts parts, TimeProvider time)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary><c>POST /metrics/flush</c></summary>
    public async Task FlushAsync(HttpContext context)
    {
        var flush = await parts.Persister.FlushAsync(context.RequestAborted);

        // Not given up when the operator's connection is: it has been done.
        await parts.Audit.RecordAsync(Entry(flush, context.Caller().Name), CancellationToken.None);
        await (flush.Fault switch
        {
            null => Answer.JsonAsync(context, json => WriteDone(json, flush)),
            var off when off == ValidationFlushFault.Off => Problem.WriteAsync(context, StatusCodes.Status409Conflict, "Validation metrics are switched off.", off.Message),
            var fault => RefuseAsync(context, flush, fault),
        });
    }

    /// <summary><c>GET /metrics/validation</c>: the counts of this process from memory, the stored ones when the store answers.</summary>
    public async Task ValidationAsync(HttpContext context)
    {
        var (stored, fault) = await ReadStoredAsync(context.RequestAborted);
        await Answer.JsonAsync(context, json => WriteValidation(json, parts.Validation.Snapshot(), stored, fault));
    }

    private void WriteDone(Utf8JsonWriter json, ValidationFlush flush)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "ok"u8);
        json.WritePropertyName("result"u8);
        ValidationJson.Write(json, flush);
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    }

    private AuditEntry Entry(ValidationFlush flush, string actor) => new()
    {
        AuditId = Guid.CreateVersion7(time.GetUtcNow()),
        At = time.GetUtcNow(),
        Actor = actor,
        Action = "metrics.flush",
        Target = "validation_metrics",
        DetailsJson = JsonText(json => ValidationJson.Write(json, flush)),
    };

    private static string JsonText(Action<Utf8JsonWriter> write)
    {
        using var bytes = new PooledBuffer(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(bytes.Slice(0, bytes.Length));
    }

    private static Task RefuseAsync(HttpContext context, ValidationFlush flush, ValidationFlushFault fault)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling((fault.RetryAfter ?? Soon).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problem.WriteAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            "The validation metrics could not be flushed.",
            $"{fault.Message} {flush.Spooled} rows wait in the spool and go with the next flush.",
            more: json =>
            {
                json.WriteBoolean("flushed"u8, false);
                json.WriteNumber("spooled"u8, flush.Spooled);
                json.WritePropertyName("result"u8);
                ValidationJson.Write(json, flush);
            });
    }

    private async Task<(ValidationHistory? Stored, string? Fault)> ReadStoredAsync(CancellationToken cancellationToken)
    {
        if (parts.StoreState.Now is { Available: false } condition)
        {
            return (null, condition.Explanation);
        }

        try
        {
            return (await parts.Store.ReadValidationAsync(time.GetUtcNow(), cancellationToken), null);
        }
        catch (StoreUnavailableException unavailable)
        {
            return (null, $"The store did not answer ({unavailable.Reason}). {StoreFaults.AdviceFor(unavailable.Code)}");
        }
    }

    private static void WriteValidation(Utf8JsonWriter json, ValidationSnapshot counted, ValidationHistory? stored, string? fault)
    {
        json.WriteStartObject();
        json.WriteString("timestamp"u8, counted.Timestamp.UtcDateTime);
        json.WriteNumber("total_validations"u8, counted.TotalValidations);
        WriteList(json, "by_event_type", counted.ByEventType, ValidationJson.Write);
        WriteList(json, "recent", stored?.Recent, ValidationJson.Write);
        WriteList(json, "summary", stored?.Summary, ValidationJson.Write);
        json.WriteString("store_fault"u8, fault);
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T>? items, Action<Utf8JsonWriter, T> write)
    {
        json.WritePropertyName(name);
        if (items is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        foreach (var item in items)
        {
            write(json, item);
        }

        json.WriteEndArray();
    }
}
