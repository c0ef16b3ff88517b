using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>The text of a settings file, and the object in it.</summary>
internal static class JsonFile
{
    /// <summary>A settings file is some hundred bytes; more is another file by mistake.</summary>
    public const int SizeBytesMax = 1 << 20;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 16,
    };

    /// <summary>The text, or null when there is no such file.</summary>
    /// <exception cref="IOException">It is there and cannot be read, or is too large.</exception>
    /// <exception cref="UnauthorizedAccessException">It is there and may not be read.</exception>
    public static string? ReadText(string path)
    {
        // Asked first, because the override file is looked for every second and usually is not there: an exception is a dear answer.
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            // Writers are not kept out: a file that is half written is judged by its content.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > SizeBytesMax)
            {
                throw new IOException($"The file is larger than {SizeBytesMax} bytes.");
            }

            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The object of a text, or a sentence that says why there is none.</summary>
    public static (JsonElement? Object, string? Fault) Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (document.RootElement.Clone(), null)
                : (null, "must be a JSON object");
        }
        catch (JsonException fault)
        {
            return (null, $"must be a JSON object: {fault.Message}");
        }
    }
}
