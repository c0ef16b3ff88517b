using System.Net;
using Holdfast.Access;
using Holdfast.Flags;
using Holdfast.Pipeline;

namespace Holdfast.Server;

/// <summary>
/// Lets the server listen on an address that others reach only when there is something to ask them for. Looked into before anything is
/// started, so that nothing is half-started. (Should the last key be revoked later, nobody is let in: that needs no guard.)
/// </summary>
internal static class BindGuard
{
    /// <exception cref="ConfigurationException">Anybody would get in, or nobody.</exception>
    public static async Task CheckAsync(FlagManager flags, TimeProvider time, CancellationToken cancellationToken)
    {
        if (IPAddress.IsLoopback(IPAddress.Parse(flags.GetString(FlagNames.Bind))) || Settings.Access(flags).Jwt is not null || IsAnyGood(LastKnown(flags), time))
        {
            return;
        }

        var (keys, fault) = await AskAsync(flags, time, cancellationToken);
        if (!IsAnyGood(keys, time))
        {
            throw new ConfigurationException([new ConfigurationFault(FlagNames.Bind, flags.Get(FlagNames.Bind)!.Origin.ToString().ToLowerInvariant(), Explain(flags, fault))]);
        }
    }

    private static bool IsAnyGood(IEnumerable<ApiKey> keys, TimeProvider time) => keys.Any(key => key.IsGoodAt(time.GetUtcNow()));

    private static IReadOnlyList<ApiKey> LastKnown(FlagManager flags)
    {
        try
        {
            return new KeyFile(flags.GetString(FlagNames.Data)).Read()?.Keys ?? [];
        }
        catch (KeyFileException)
        {
            return []; // the store is asked next, and the node logs it
        }
    }

    private static async Task<(IReadOnlyList<ApiKey> Keys, string? Fault)> AskAsync(FlagManager flags, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!ServerStorage.HasKeys(flags))
        {
            return ([], null);
        }

        try
        {
            await using var store = ServerStorage.OpenKeys(flags, time);
            await store.OpenAsync(cancellationToken);
            return ((await store.ReadAsync(cancellationToken)).Keys, null);
        }
        catch (StoreUnavailableException fault)
        {
            return ([], fault.Message);
        }
    }

    private static string Explain(FlagManager flags, string? fault) =>
        $"{flags.GetString(FlagNames.Bind)} is reached by others, and there is no key to ask them for{(fault is null ? "" : $" (the store could not be asked: {fault.TrimEnd('.')})")}. "
        + $"Make one first, with the settings of this server: ./run {KeysCommand.Example}";
}
