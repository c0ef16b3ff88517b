using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Retry;

/// <summary>
/// What a failure event says, in whichever form it came: an <see cref="OperationFailure"/>, a <see cref="RetryDraft"/>, or JSON with
/// <c>operation</c>, <c>error</c> and <c>error_class</c>. Pure.
/// </summary>
internal sealed record FailureNotice
{
    private static readonly FailureNotice Empty = new();

    /// <summary>The operation; null: there is none, or it cannot be read.</summary>
    public RetryDraft? Operation { get; private init; }

    /// <summary>Why the operation cannot be read; null: it can, or there is none.</summary>
    public string? Fault { get; private init; }

    public string? Error { get; private init; }

    public string? ErrorClass { get; private init; }

    public static FailureNotice Read(BusEvent failure) => failure.Data switch
    {
        OperationFailure told => new FailureNotice { Operation = told.Operation, Error = told.Error, ErrorClass = told.ErrorClass },
        RetryDraft operation => new FailureNotice { Operation = operation },
        JsonElement { ValueKind: JsonValueKind.Object } json => Read(json),
        OutsideEvent outside => Read(outside.Data),
        JsonObject json => Read(JsonSerializer.SerializeToElement(json)),
        _ => Empty,
    };

    private static FailureNotice Read(JsonElement data)
    {
        var notice = new FailureNotice { Error = Text(data, "error"), ErrorClass = Text(data, "error_class") };
        return data.TryGetProperty("operation", out var operation) ? ReadOperation(notice, operation) : notice;
    }

    // As in a request that enqueues it: one reader, and one list of what an operation has.
    private static FailureNotice ReadOperation(FailureNotice notice, JsonElement operation)
    {
        if (operation.ValueKind != JsonValueKind.Object)
        {
            return notice with { Fault = "its operation is no object" };
        }

        var read = RetryDraftJson.Read(JsonMarshal.GetRawUtf8Value(operation).ToArray());
        List<string> faults =
        [
            .. read.Errors.Select(error => $"{error.Field}: {error.Message}"),
            .. RetryValidator.FaultsOf(read.Drafts).Select(error => $"{error.Field}: {error.Message}"),
        ];
        return faults.Count == 0
            ? notice with { Operation = read.Drafts[0] }
            : notice with { Fault = "its operation has faults: " + string.Join(' ', faults.Distinct()) };
    }

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
