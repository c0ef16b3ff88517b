using System.Globalization;
using Holdfast.Access;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Server;

/// <summary>
/// <c>keys create|list|revoke</c>: who may call, on the server's own machine and with its settings, whether a server runs or not. Whoever can
/// read them and its data may do this without a key: it is how the first one is made, and how one gets in again. Exit codes: 0 done, 1 not
/// done, 78 wrong words.
/// </summary>
internal static class KeysCommand
{
    public const string Example = "keys create --name <who> --role admin";

    private static readonly string[] CreateOptions = ["--name", "--role", "--expires-days"];

    public static async Task<int> RunAsync(string[] words, FlagManager flags, TextWriter output, TextWriter errors)
    {
        try
        {
            return words switch
            {
                ["create", .. var options] when Read(options, CreateOptions) is { } said && OrderOf(said) is { } order => await CreateAsync(order, flags, output, errors),
                ["list"] => await ListAsync(flags, output),
                ["revoke", var id] => await RevokeAsync(id, flags, output, errors),
                _ => await UsageAsync(errors),
            };
        }
        catch (StoreUnavailableException away)
        {
            await errors.WriteLineAsync($"The store cannot be reached, nothing was changed: {away.Message}");
            return ExitCodes.Fault;
        }
    }

    private static async Task<int> CreateAsync(KeyOrder order, FlagManager flags, TextWriter output, TextWriter errors)
    {
        await using var place = await Place.OpenAsync(flags, errors);
        var (result, made) = await place.Desk.CreateAsync(order, Act(), CancellationToken.None);
        if (made is null)
        {
            await errors.WriteLineAsync(result == KeyCreation.NameTaken
                ? $"There is a key of the name '{order.Name}' that is not revoked."
                : $"There are {KeyDesk.KeysMax} keys, and none is revoked: revoke one that is not used.");
            return ExitCodes.Fault;
        }

        // Alone on the standard output, so that a script has it without cutting it out; it is shown this once.
        await errors.WriteLineAsync($"The key of {order.Name} ({AccessRoles.NameOf(order.Role)}); it is not shown again:");
        await output.WriteLineAsync(made.Text);
        return ExitCodes.Clean;
    }

    private static async Task<int> ListAsync(FlagManager flags, TextWriter output)
    {
        await using var place = await Place.OpenAsync(flags, TextWriter.Null);
        foreach (var key in await place.Desk.ListAsync(CancellationToken.None))
        {
            await output.WriteLineAsync($"{key.Id}  {AccessRoles.NameOf(key.Role),-8}  {key.Name}  {Describe(key)}");
        }

        return ExitCodes.Clean;
    }

    private static async Task<int> RevokeAsync(string id, FlagManager flags, TextWriter output, TextWriter errors)
    {
        await using var place = await Place.OpenAsync(flags, errors);
        var key = await place.Desk.RevokeAsync(id, Act(), CancellationToken.None);
        await (key is null ? errors.WriteLineAsync($"There is no key '{id}'; 'keys list' shows their ids.") : output.WriteLineAsync($"{key.Name}: revoked at {Instant(key.RevokedAt!.Value)}."));
        return key is null ? ExitCodes.Fault : ExitCodes.Clean;
    }

    private static async Task<int> UsageAsync(TextWriter errors)
    {
        await errors.WriteLineAsync(
            $"keys create --name <who> --role {string.Join('|', AccessRoles.Names)} [--expires-days <days>]{Environment.NewLine}"
            + $"  A name has {KeyDesk.FaultInName("")?.Replace(" are wanted", "", StringComparison.Ordinal)}.{Environment.NewLine}keys list{Environment.NewLine}keys revoke <id>");
        return ExitCodes.Configuration;
    }

    private static Act Act() => new($"{Environment.UserName}@{Environment.MachineName}", "on the server's own machine");

    private static KeyOrder? OrderOf(Dictionary<string, string> said)
    {
        if (!said.TryGetValue("--name", out var name) || KeyDesk.FaultInName(name) is not null || AccessRoles.Parse(said.GetValueOrDefault("--role")) is not { } role)
        {
            return null;
        }

        if (!said.TryGetValue("--expires-days", out var text))
        {
            return new KeyOrder(name, role, GoodFor: null);
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= 3_650
            ? new KeyOrder(name, role, TimeSpan.FromDays(days))
            : null;
    }

    /// <summary>Each option with its value; null when that is not what they are.</summary>
    private static Dictionary<string, string>? Read(string[] words, string[] known)
    {
        var said = words.Chunk(2).ToList();
        return said.All(pair => pair.Length == 2 && known.Contains(pair[0], StringComparer.Ordinal)) && said.DistinctBy(pair => pair[0]).Count() == said.Count
            ? said.ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
            : null;
    }

    private static string Describe(ApiKey key) =>
        (key.RevokedAt is { } revoked ? $"revoked {Instant(revoked)}" : key.ExpiresAt is { } expires ? $"expires {Instant(expires)}" : "does not expire")
        + (key.LastUsedAt is { } used ? $", last used {Instant(used)}" : ", never used");

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The keys and the audit of the store that the settings name.</summary>
    private sealed class Place(IKeyStore keys, ITelemetryStore store, TextWriter errors) : IAsyncDisposable
    {
        public KeyDesk Desk => new(keys, _ => Task.CompletedTask, RecordAsync, TimeProvider.System);

        public static async Task<Place> OpenAsync(FlagManager flags, TextWriter errors)
        {
            var keys = ServerStorage.OpenKeys(flags, TimeProvider.System);
            var place = new Place(keys, ServerStorage.Of(flags).CreateStore(flags.GetString(FlagNames.Data), TimeProvider.System, NullLoggerFactory.Instance), errors);
            await keys.OpenAsync(CancellationToken.None);
            return place;
        }

        public async ValueTask DisposeAsync()
        {
            await keys.DisposeAsync();
            await store.DisposeAsync();
        }

        // There is no spool here: a server that runs has it.
        private async ValueTask RecordAsync(AuditEntry entry, CancellationToken cancellationToken)
        {
            try
            {
                await store.OpenAsync(cancellationToken);
                await store.RecordAuditAsync(entry, cancellationToken);
            }
            catch (StoreUnavailableException away)
            {
                await errors.WriteLineAsync($"It is done, and could not be written into the audit: {away.Message}");
            }
        }
    }
}
