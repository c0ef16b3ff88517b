using System.Buffers;
using System.Text.Json;
using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Retry;

/// <summary>
/// What could not or must not be executed, as an item of a type of its own. Under the type it names it could be executed after all, as soon as
/// an operator puts dead letters back, and then anybody outside could have any operation executed.
/// </summary>
internal static class NotExecutable
{
    public const string OperationType = "not_executable";

    private const int TargetCharsMax = 255;
    private const int WhyBytesMax = 1 << 10;

    /// <param name="failure">The event.</param>
    /// <param name="why">For people.</param>
    public static RetryDraft Of(BusEvent failure, string why) => new()
    {
        OperationType = OperationType,
        Target = RetryText.Clean(failure.Type, TargetCharsMax),
        Payload = Payload(failure, RetryText.Clean(why, WhyBytesMax)),
        OriginalEvent = FailureJson.Write(failure, withOperation: true),
        MaxRetries = 1,
    };

    private static JsonElement Payload(BusEvent failure, string why)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("why"u8, why);
            json.WriteString("correlation_id"u8, failure.CorrelationId?.ToString());
            json.WriteEndObject();
        }

        return FailureJson.Parse(bytes.WrittenMemory);
    }
}

/// <summary>Makes a dead letter of each, with its reason.</summary>
internal sealed class NotExecutableHandler : IRetryHandler
{
    public string OperationType => NotExecutable.OperationType;

    public Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        var why = context.Payload.ValueKind == JsonValueKind.Object && context.Payload.TryGetProperty("why", out var text) ? text.GetString() : null;
        return Task.FromResult(RetryOutcome.GiveUp($"not_executable: {context.Target}: {why}"));
    }
}
