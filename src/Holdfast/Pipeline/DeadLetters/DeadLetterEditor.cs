using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Spool;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>A payload that an operator wrote, as the store takes it, or every fault it has.</summary>
internal sealed record EditedPayload(ReadOnlyMemory<byte> Payload, string Json, byte FormatVersion, IReadOnlyList<EventError> Errors)
{
    public static EditedPayload Faulty(params IReadOnlyList<EventError> errors) => new(default, "", 0, errors);
}

/// <summary>
/// Turns what an operator wrote into the row of a letter. An event is judged by the rules of the intake, a sample by the limits of series;
/// identity stays: an event keeps its id unless another one is written.
/// </summary>
internal sealed class DeadLetterEditor(EventDecoder decoder, TimeProvider time)
{
    /// <summary>Whether the letter shows members that can be changed one by one; otherwise it can only be replaced whole.</summary>
    public static bool HasMembers(DeadLetter letter) => Parse(letter.PayloadJson) is { } shown && !shown.ContainsKey("encoding");

    /// <param name="written">Members to change (null removes one, as in RFC 7396), or the whole payload.</param>
    /// <param name="whole">Whether it is the whole payload.</param>
    public EditedPayload Read(DeadLetter letter, JsonObject written, bool whole)
    {
        var payload = whole ? written : Merge(Parse(letter.PayloadJson) ?? [], written);
        return letter.Kind == SpoolKind.Event ? ReadEvent(letter, payload) : SamplePayload.Read(letter, payload, time);
    }

    private EditedPayload ReadEvent(DeadLetter letter, JsonObject payload)
    {
        // It was over the old data; the decoder makes a new one.
        (payload["metadata"] as JsonObject)?.Remove("checksum");
        var decoded = decoder.Decode(Encoding.UTF8.GetBytes(payload.ToJsonString()), EventFormat.JsonObject);
        return decoded.Rejected is [var rejected, ..] ? EditedPayload.Faulty(rejected.Errors)
            : decoded.Entries is not [var entry] ? EditedPayload.Faulty(new EventError("json", "original_payload", decoded.Problem ?? "It cannot be read as an event."))
            : OfRow(KeepIdentity(letter, ReadRow(entry.Payload), isChosen: decoded.ClientIds.Count > 0));
    }

    private static EditedPayload OfRow(EventRow row)
    {
        var bytes = new ArrayBufferWriter<byte>(EventCodec.SizeBytes(row));
        EventCodec.Write(bytes, row);
        return new EditedPayload(bytes.WrittenMemory, DeadLetterPayload.Of(row, bytes.WrittenSpan), EventCodec.Version, []);
    }

    /// <summary>An id that the intake once made is no client's choice because it stands in the payload now.</summary>
    private static EventRow KeepIdentity(DeadLetter letter, EventRow row, bool isChosen) =>
        TryReadRow(letter) is { } old && (!isChosen || row.Id == old.Id) ? row with { Id = old.Id, ClientId = old.ClientId } : row;

    private static EventRow? TryReadRow(DeadLetter letter)
    {
        try
        {
            return letter.FormatVersion == EventCodec.Version ? ReadRow(letter.Payload) : null;
        }
        catch (InvalidDataException)
        {
            return null; // it was dead-lettered because nobody could read it
        }
    }

    private static EventRow ReadRow(ReadOnlyMemory<byte> payload)
    {
        var at = 0;
        return EventCodec.ReadRow(payload, ref at);
    }

    private static JsonObject? Parse(string json) => JsonNode.Parse(json) as JsonObject;

    private static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = value is JsonObject members ? Merge(target[name] as JsonObject ?? [], members) : value.DeepClone();
            }
        }

        // A member that is merged into stays where it is; JSON nodes have one parent only.
        return target.Parent is null ? target : (JsonObject)target.DeepClone();
    }
}
