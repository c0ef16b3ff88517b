using Holdfast.Pipeline;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// The only way to the database. Every operation of the store passes <see cref="RunAsync"/>, with a connection and a limit of time of its
/// own, and leaves it either with its result or with a fault in the store's words: whatever is to stand around all operations stands here.
/// </summary>
internal sealed class PostgresDatabase(ConnectionSettings settings, TimeProvider time) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(settings.ConnectionString);

    public ConnectionSettings Settings => settings;

    public PostgresFaults Faults { get; } = new(settings);

    /// <param name="limit">The time it may take; <see cref="Timeout.InfiniteTimeSpan"/> for work whose length nobody can know.</param>
    /// <exception cref="StoreUnavailableException">Whatever the database had against it.</exception>
    public async ValueTask<T> RunAsync<T>(
        TimeSpan limit, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        using var tooLong = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        try
        {
            await using var connection = await _source.OpenConnectionAsync(either.Token);
            return await work(connection, either.Token);
        }
        catch (OperationCanceledException cancelled) when (!cancellationToken.IsCancellationRequested && tooLong.IsCancellationRequested)
        {
            throw Faults.TooSlow(limit, cancelled);
        }
        catch (Exception fault) when (PostgresFaults.Concerns(fault))
        {
            throw Faults.Translate(fault);
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
