using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>Makes the audit entry of something that an operator did just now.</summary>
internal static class OperatorAction
{
    /// <param name="action">Part and verb: <c>retry.cancel</c>.</param>
    /// <param name="target">What it was done to.</param>
    /// <param name="act">Who did it, and why.</param>
    /// <param name="details">Writes the members of the details.</param>
    public static AuditEntry Entry(TimeProvider time, string action, string target, Act act, Action<Utf8JsonWriter> details) => new()
    {
        AuditId = Guid.CreateVersion7(time.GetUtcNow()),
        At = time.GetUtcNow(),
        Actor = act.Actor,
        Action = action,
        Target = target,
        Reason = act.Reason,
        DetailsJson = Details(details),
    };

    /// <summary>
    /// Does what a person wants of the store. Where the answer is lost it may have been done all the same, and nothing that comes later would say
    /// by whom: then that is written down, and that nobody knows.
    /// </summary>
    /// <param name="ask">Asks the store.</param>
    /// <param name="recordAsync">Writes down an entry with these details.</param>
    public static async Task<T> AskAsync<T>(Func<ValueTask<T>> ask, Func<Action<Utf8JsonWriter>, ValueTask> recordAsync)
    {
        try
        {
            return await ask();
        }
        catch (Exception fault) when (fault is OperationCanceledException or StoreUnavailableException { Code: not StoreUnavailableException.CircuitOpen })
        {
            await recordAsync(json =>
            {
                json.WriteString("outcome"u8, "unknown");
                json.WriteString("fault"u8, fault.Message);
            });
            throw;
        }
    }

    /// <summary>A JSON object of these members.</summary>
    public static string Details(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
