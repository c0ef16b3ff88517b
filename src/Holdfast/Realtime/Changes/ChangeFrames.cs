using System.Globalization;
using System.Text.Json;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Changes;

/// <summary>How changes of rows are told.</summary>
internal static class ChangeFrames
{
    /// <summary>Bytes of a change; of a larger one only small values are told.</summary>
    public const int DataBytesMax = 1 << 20;

    private const int SmallValueBytes = 64;

    /// <summary>The change itself, the same for all who selected the same columns.</summary>
    /// <param name="columns">What was selected beside the keys; null: everything.</param>
    public static byte[] Data(RowChange change, IReadOnlyList<string>? columns)
    {
        var told = Enumerable.Range(0, change.Table.Columns.Count).Where(at => IsTold(change.Table, at, columns)).ToArray();
        var tooLarge = told.Sum(at => change.Values[at].SizeBytes) > DataBytesMax;
        return PhoenixPayloads.Build(json =>
        {
            json.WriteStartObject();
            json.WriteString("schema"u8, change.Table.Schema);
            json.WriteString("table"u8, change.Table.Name);
            json.WriteString("type"u8, ChangeBinding.NameOf(change.Type));
            json.WriteString("commit_timestamp"u8, change.CommittedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            WriteColumns(json, change.Table, told);
            var kept = tooLarge ? [.. told.Where(at => change.Values[at].SizeBytes <= SmallValueBytes)] : told;
            WriteRecords(json, change, kept);
            WriteErrors(json, tooLarge);
            json.WriteEndObject();
        });
    }

    /// <summary>The payload of a frame: the change and for which entries of a channel it is.</summary>
    public static byte[] Payload(IReadOnlyList<int> ids, byte[] data) => PhoenixPayloads.Build(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("ids"u8);
        foreach (var id in ids)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        json.WritePropertyName("data"u8);
        json.WriteRawValue(data, skipInputValidation: true);
        json.WriteEndObject();
    });

    private static bool IsTold(ChangeTable table, int at, IReadOnlyList<string>? columns) =>
        columns is null || columns.Contains(table.Columns[at].Name, StringComparer.Ordinal) || table.Keys.Contains(table.Columns[at].Name, StringComparer.Ordinal);

    private static void WriteColumns(Utf8JsonWriter json, ChangeTable table, int[] told)
    {
        json.WriteStartArray("columns"u8);
        foreach (var at in told)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, table.Columns[at].Name);
            json.WriteString("type"u8, ColumnTypes.NameOf(table.Columns[at].Type));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRecords(Utf8JsonWriter json, RowChange change, int[] told)
    {
        if (change.Type != ChangeType.Delete)
        {
            WriteRecord(json, "record", change, told);
        }

        // Of what was there before only the keys are known, as with a table whose replica identity is its key.
        if (change.Type != ChangeType.Insert)
        {
            WriteRecord(json, "old_record", change, [.. told.Where(at => change.Table.Keys.Contains(change.Table.Columns[at].Name, StringComparer.Ordinal))]);
        }
    }

    private static void WriteRecord(Utf8JsonWriter json, string name, RowChange change, int[] told)
    {
        json.WriteStartObject(name);
        foreach (var at in told)
        {
            json.WritePropertyName(change.Table.Columns[at].Name);
            change.Values[at].Write(json);
        }

        json.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter json, bool tooLarge)
    {
        if (!tooLarge)
        {
            json.WriteNull("errors"u8);
            return;
        }

        json.WriteStartArray("errors"u8);
        json.WriteStringValue("Error 413: Payload Too Large"u8);
        json.WriteEndArray();
    }
}
