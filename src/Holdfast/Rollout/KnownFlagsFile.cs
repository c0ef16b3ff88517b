using System.Text.Json;
using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

/// <summary>
/// What was set at run time when the store was last read, in a small file of the data directory: a process that starts while the database is
/// away goes on with it. Written beside and renamed over, so whatever happens the old one or the new one is there. It holds the key that
/// streams are signed with, so only its owner may read it.
/// </summary>
internal sealed class KnownFlagsFile(string path)
{
    public const string FileName = "flags.known.json";

    // As many flags as there may be, each as large as it may be, and then some.
    private const long BytesMax = (long)FlagLimits.FlagsMax * FlagLimits.DocumentBytesMax * 2;

    public string Path => path;

    /// <summary>What was known, or null when nothing was.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="JsonException">It is not what was written.</exception>
    public FlagSheet? Read()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (new FileInfo(path).Length > BytesMax)
        {
            throw new JsonException($"It is larger than {BytesMax} bytes.");
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        try
        {
            return Read(document.RootElement);
        }
        catch (Exception fault) when (fault is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException($"A member is missing or of another type: {fault.Message}", fault);
        }
    }

    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(FlagSheet sheet)
    {
        var next = path + ".next";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(next, options))
        {
            using (var json = new Utf8JsonWriter(file))
            {
                Write(json, sheet);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private static FlagSheet Read(JsonElement root) => new(
        new FlagEdition(root.GetProperty("store").GetGuid(), root.GetProperty("version").GetInt32()),
        root.GetProperty("stream_key").GetBytesFromBase64(),
        [.. root.GetProperty("flags").EnumerateArray().Select(ReadFlag)]);

    private static StoredFlag ReadFlag(JsonElement json) => new(
        json.GetProperty("name").GetString()!,
        json.GetProperty("version").GetInt32(),
        json.GetProperty("document").GetRawText(),
        json.GetProperty("updated_at").GetDateTimeOffset(),
        json.GetProperty("updated_by").GetString()!);

    private static void Write(Utf8JsonWriter json, FlagSheet sheet)
    {
        json.WriteStartObject();
        json.WriteString("store"u8, sheet.Edition.Store);
        json.WriteNumber("version"u8, sheet.Edition.Version);
        json.WriteBase64String("stream_key"u8, sheet.StreamKey.Span);
        json.WriteStartArray("flags"u8);
        foreach (var flag in sheet.Flags)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, flag.Name);
            json.WriteNumber("version"u8, flag.Version);
            json.WriteString("updated_at"u8, flag.UpdatedAt);
            json.WriteString("updated_by"u8, flag.UpdatedBy);
            json.WritePropertyName("document"u8);
            json.WriteRawValue(flag.Document);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
