using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Access;

/// <summary>What somebody wants of a new key.</summary>
internal sealed record KeyOrder(string Name, AccessRole Role, TimeSpan? GoodFor);

/// <summary>A new key, and the only time that its text is shown; or why there is none.</summary>
internal sealed record NewKey(ApiKey Key, string Text);

/// <summary>What people do to keys; every change is written down in the audit.</summary>
/// <param name="refreshAsync">Has this process take over what is in the store now.</param>
/// <param name="recordAsync">Writes down what was done.</param>
internal sealed class KeyDesk(
    IKeyStore store, Func<CancellationToken, Task> refreshAsync, Func<AuditEntry, CancellationToken, ValueTask> recordAsync, TimeProvider time)
{
    /// <summary>Keys that are kept, the revoked ones among them: each request looks into all of them, and each node has them in memory.</summary>
    public const int KeysMax = 1_000;

    public const int NameCharsMax = 64;

    /// <summary>Names of callers that have no key.</summary>
    private static readonly string[] Reserved = ["local", "holdfast"];

    /// <summary>What a name must be; null: it is that.</summary>
    public static string? FaultInName(string name) =>
        name.Length is 0 or > NameCharsMax || !name.All(IsPlain) ? $"1 to {NameCharsMax} letters, digits and - . _ @ are wanted"
        : Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"'{name}' is nobody's key"
        : null;

    public async Task<(KeyCreation Result, NewKey? New)> CreateAsync(KeyOrder order, Act act, CancellationToken cancellationToken)
    {
        var (id, text, hash) = KeyText.Make();
        var now = Now();
        var key = new ApiKey
        {
            Id = id,
            Name = order.Name,
            Role = order.Role,
            Hash = hash,
            CreatedAt = now,
            CreatedBy = act.Actor,
            ExpiresAt = now + order.GoodFor,
        };
        await OpenAsync(cancellationToken);
        var result = await OperatorAction.AskAsync(
            () => store.CreateAsync(key, KeysMax, cancellationToken), details => RecordAsync("key.create", key.Name, act, details));
        if (result != KeyCreation.Created)
        {
            return (result, null);
        }

        await ChangedAsync("key.create", key, act);
        return (result, new NewKey(key, text));
    }

    /// <summary>Revokes a key: from this moment here, within a second on every other node. Null: there is none.</summary>
    public async Task<ApiKey?> RevokeAsync(string id, Act act, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var now = Now();
        var key = await OperatorAction.AskAsync(() => store.RevokeAsync(id, now, cancellationToken), details => RecordAsync("key.revoke", id, act, details));
        if (key?.RevokedAt == now)
        {
            await ChangedAsync("key.revoke", key, act);
        }

        return key;
    }

    /// <summary>All keys, the newest first.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return (await store.ReadAsync(cancellationToken)).Keys;
    }

    // Somebody may come before the first look of this process, which makes what the store lacks.
    private Task OpenAsync(CancellationToken cancellationToken) => refreshAsync(cancellationToken);

    // It has been done, whoever is gone.
    private async Task ChangedAsync(string action, ApiKey key, Act act)
    {
        try
        {
            await TakeEffectAsync();
        }
        finally
        {
            await RecordAsync(action, key.Name, act, json => WriteDetails(json, key));
        }
    }

    private ValueTask RecordAsync(string action, string target, Act act, Action<Utf8JsonWriter> details) =>
        recordAsync(OperatorAction.Entry(time, action, target, act, details), CancellationToken.None);

    private async Task TakeEffectAsync()
    {
        try
        {
            await refreshAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It went away at this moment. The watch, which logs it, takes the change over when it is back, as on every other node.
        }
    }

    private static void WriteDetails(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteString("id"u8, key.Id);
        json.WriteString("role"u8, AccessRoles.NameOf(key.Role));
        json.WriteString("expires_at"u8, key.ExpiresAt?.UtcDateTime.ToString("O"));
    }

    // What every database keeps exactly.
    private DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_' or '@';
}
