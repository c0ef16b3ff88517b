using System.Data;
using Holdfast.Pipeline;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// The only way to the database. Every operation of the store passes here, with a connection and a limit of time of its
/// own, and leaves it either with its result or with a fault in the store's words: whatever is to stand around all operations stands here.
/// The writer has connections of its own.
/// </summary>
internal sealed class PostgresDatabase(ConnectionSettings settings, TimeSpan writeTimeMax, TimeProvider time) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(settings.ForReading());
    private readonly NpgsqlDataSource _writer = NpgsqlDataSource.Create(settings.ForWriting(writeTimeMax));

    private int _leftBehind;

    public ConnectionSettings Settings => settings;

    /// <summary>How many operations were left behind although they had not ended: what they work with is not for others any more.</summary>
    public int LeftBehind => Volatile.Read(ref _leftBehind);

    public PostgresFaults Faults { get; } = new(settings);

    /// <summary>An operation of the writer, on its own connections and within its time.</summary>
    /// <exception cref="StoreUnavailableException">Whatever the database had against it.</exception>
    public ValueTask<T> RunForWriterAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        PassAsync(_writer, writeTimeMax, work, cancellationToken);

    /// <param name="limit">The time it may take; <see cref="Timeout.InfiniteTimeSpan"/> for work whose length nobody can know.</param>
    /// <exception cref="StoreUnavailableException">Whatever the database had against it.</exception>
    public ValueTask<T> RunAsync<T>(TimeSpan limit, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        PassAsync(_source, limit, work, cancellationToken);

    /// <summary>Closes the connections that nobody uses, and those that are in use when they are given back: whoever asks next gets a new one.</summary>
    public void DropConnections()
    {
        _source.Clear();
        _writer.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _writer.DisposeAsync();
    }

    private async ValueTask<T> PassAsync<T>(
        NpgsqlDataSource source, TimeSpan limit, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        using var operation = new OperationTime(limit, time, cancellationToken);
        try
        {
            return await operation.WaitForAsync(UseAsync(source, work, operation.Stop), () => Interlocked.Increment(ref _leftBehind));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException cancelled) when (operation.IsOver)
        {
            throw Faults.TooSlow(limit, cancelled);
        }
        catch (Exception fault) when (PostgresFaults.Concerns(fault))
        {
            throw Faults.Translate(fault);
        }
    }

    private static async Task<T> UseAsync<T>(
        NpgsqlDataSource source, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            return await work(connection, cancellationToken);
        }
        catch (InvalidOperationException lost) when (connection.State != ConnectionState.Open)
        {
            // Cut off between two statements: the driver takes the second for a mistake of ours.
            throw new NpgsqlException("The connection was lost between two statements.", lost);
        }
    }
}
