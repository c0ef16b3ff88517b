using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>
/// The ledger on the wire: <c>{events: {...}, samples: {...}, error, sampled_at, store_current}</c>; the error is null while the store cannot
/// be asked.
/// </summary>
internal static class LedgerJson
{
    public static void Write(Utf8JsonWriter json, LedgerSnapshot ledger)
    {
        json.WriteStartObject();
        WriteTerms(json, "events", ledger.Events);
        WriteTerms(json, "samples", ledger.Samples);
        if (ledger.Error is { } error)
        {
            json.WriteNumber("error"u8, error);
        }
        else
        {
            json.WriteNull("error"u8);
        }

        json.WriteNumber("sampled_at"u8, ledger.SampledAt.ToUnixTimeMilliseconds());
        json.WriteBoolean("store_current"u8, ledger.StoreCurrent);
        json.WriteEndObject();
    }

    private static void WriteTerms(Utf8JsonWriter json, string name, in LedgerTerms terms)
    {
        json.WriteStartObject(name);
        json.WriteNumber("received"u8, terms.Received);
        json.WriteNumber("stored"u8, terms.Stored);
        json.WriteNumber("dead_lettered"u8, terms.DeadLettered);
        json.WriteNumber("parked"u8, terms.Parked);
        json.WriteNumber("spooled"u8, terms.Spooled);
        json.WriteNumber("duplicates"u8, terms.Duplicates);
        json.WriteNumber("discarded"u8, terms.Discarded);
        json.WriteNumber("lost"u8, terms.Lost);
        json.WriteEndObject();
    }
}
