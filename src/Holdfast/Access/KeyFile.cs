using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Access;

/// <summary>
/// The keys as they were last known, beside the spool, for a start without the database. Only its owner may read it, although there are no
/// secrets in it; replaced as a whole.
/// </summary>
internal sealed class KeyFile(string directory)
{
    public const string Name = "keys.json";

    private const int BytesMax = 8 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        WriteIndented = true,
    };

    private readonly string _path = Path.Combine(directory, Name);

    /// <summary>What was kept; null: nothing ever was.</summary>
    /// <exception cref="KeyFileException">There is a file that cannot be read: there were keys, and nobody knows which.</exception>
    public KnownKeys? Read()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            using var file = File.OpenRead(_path);
            return file.Length <= BytesMax && JsonSerializer.Deserialize<Content>(file, Json) is { Keys: { } keys } content
                ? new KnownKeys([.. keys.Select(KeyOf)], content.EverHad)
                : throw new KeyFileException($"{_path} is not a list of keys.", null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            throw new KeyFileException($"{_path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <exception cref="KeyFileException">It cannot be written; the one before is still there.</exception>
    public void Write(KnownKeys known)
    {
        try
        {
            Save(JsonSerializer.SerializeToUtf8Bytes(new Content(known.EverHad, [.. known.Keys.Select(EntryOf)]), Json));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"{_path} cannot be written: {fault.Message}", fault);
        }
    }

    private void Save(byte[] utf8)
    {
        var next = _path + ".next";
        File.Delete(next); // the mode is given to a file that is made, not to one that is there
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(next, options))
        {
            file.Write(utf8);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
    }

    private static Entry EntryOf(ApiKey key) =>
        new(key.Id, key.Name, AccessRoles.NameOf(key.Role), Convert.ToHexStringLower(key.Hash.Span), key.CreatedAt, key.CreatedBy, key.ExpiresAt, key.RevokedAt);

    private static ApiKey KeyOf(Entry entry) => new()
    {
        Id = entry.Id,
        Name = entry.Name,
        Role = AccessRoles.Parse(entry.Role) ?? throw new FormatException($"'{entry.Role}' is no role."),
        Hash = Convert.FromHexString(entry.Sha256),
        CreatedAt = entry.CreatedAt,
        CreatedBy = entry.CreatedBy,
        ExpiresAt = entry.ExpiresAt,
        RevokedAt = entry.RevokedAt,
    };

    private sealed record Content(bool EverHad, IReadOnlyList<Entry> Keys);

    private sealed record Entry(
        string Id, string Name, string Role, string Sha256, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);
}

/// <summary>What is known of the keys.</summary>
/// <param name="EverHad">There is a key, or there was one once.</param>
internal sealed record KnownKeys(IReadOnlyList<ApiKey> Keys, bool EverHad);

/// <summary>The file of the keys cannot be used.</summary>
internal sealed class KeyFileException(string message, Exception? innerException) : Exception(message, innerException);
