using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>
/// From the bytes of a body to encoded batches and a list of what was rejected. Pure but for counters: nothing is stored here. Thread-safe.
/// </summary>
internal sealed class EventDecoder(
    Func<IntakeOptions> options, EventClassifier classifier, ValidationMetrics metrics, TimeProvider time)
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="fromOutside">Whether somebody has sent it: then it may not look like what the server itself says.</param>
    public DecodedRequest Decode(ReadOnlyMemory<byte> body, EventFormat format, bool fromOutside = false)
    {
        var settings = options();
        if (body.Length > settings.BodyBytesMax)
        {
            return Refused(IntakeStatus.TooLarge, $"The body has more than {settings.BodyBytesMax} bytes.");
        }

        body = body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;
        if (!body.Span.ContainsAnyExcept(" \t\r\n"u8))
        {
            return Refused(IntakeStatus.Unreadable, "The body is empty.");
        }

        using var run = new DecodeRun(settings, time.GetUtcNow(), classifier, new ValidationTally(metrics, time)) { FromOutside = fromOutside };
        try
        {
            return format == EventFormat.Ndjson ? run.ReadLines(body) : run.ReadDocument(body, format);
        }
        catch (JsonException fault)
        {
            return Refused(IntakeStatus.Unreadable, $"The body is not JSON from line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.");
        }
    }

    private static DecodedRequest Refused(IntakeStatus status, string problem) => new() { Status = status, Problem = problem };
}
