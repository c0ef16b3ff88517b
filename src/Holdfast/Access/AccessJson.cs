using System.Text.Json;

namespace Holdfast.Access;

/// <summary>Keys on the wire. The secret is no part of them.</summary>
internal static class AccessJson
{
    public static void Write(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteStartObject();
        WriteMembers(json, key);
        json.WriteEndObject();
    }

    /// <summary>With the text that is shown this once.</summary>
    public static void Write(Utf8JsonWriter json, NewKey made)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, made.Text);
        WriteMembers(json, made.Key);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteString("id"u8, key.Id);
        json.WriteString("name"u8, key.Name);
        json.WriteString("role"u8, AccessRoles.NameOf(key.Role));
        json.WriteString("created_at"u8, key.CreatedAt.UtcDateTime);
        json.WriteString("created_by"u8, key.CreatedBy);
        WriteInstant(json, "expires_at", key.ExpiresAt);
        WriteInstant(json, "revoked_at", key.RevokedAt);
        WriteInstant(json, "last_used_at", key.LastUsedAt);
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? instant)
    {
        if (instant is { } at)
        {
            json.WriteString(name, at.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
