using Holdfast.Postgres.Database;
using Holdfast.Retries;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Retries;

/// <summary>
/// Executes the statements of retries in the database, on a few connections of their own: a slow statement keeps nobody from the queue. Each
/// is one implicit transaction. Parameters are <c>$1</c>, <c>$2</c>, or <c>@name</c> where they have names.
/// </summary>
/// <param name="patience">
/// How long a statement waits for one of the connections. There are many more workers; one that waited for as long as the driver does would
/// spend an attempt on nothing but the others' being slow.
/// </param>
internal sealed class PostgresSqlOperations(ConnectionSettings settings, TimeSpan patience) : ISqlOperationExecutor, IAsyncDisposable
{
    private const string SyntaxError = "42601";

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(settings.ForRetries().ForReading());
    private readonly SemaphoreSlim _free = new(new NpgsqlConnectionStringBuilder(settings.ForRetries().ForReading()).MaxPoolSize);
    private readonly PostgresFaults _faults = new(settings);

    /// <summary>With the patience that suits a server: short statements have come one after the other by then, and no attempt's time is over, of which the shortest is 1 s.</summary>
    public PostgresSqlOperations(ConnectionSettings settings)
        : this(settings, TimeSpan.FromMilliseconds(800))
    {
    }

    public async Task<long> ExecuteAsync(SqlOperation operation, CancellationToken cancellationToken)
    {
        if (!await _free.WaitAsync(patience, cancellationToken))
        {
            throw new SqlOperationBusyException();
        }

        try
        {
            return await ExecuteNowAsync(operation, cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<long> ExecuteNowAsync(SqlOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = _source.CreateCommand(operation.Sql);
            foreach (var parameter in operation.Parameters)
            {
                command.Parameters.Add(ToParameter(parameter));
            }

            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException answer) when (answer.SqlState == SyntaxError || SqlStates.RefusesRow(answer))
        {
            throw new SqlOperationRefusedException(answer.SqlState, answer.MessageText, answer);
        }
        catch (PostgresException answer) when (SqlStates.IsCapability(answer.SqlState))
        {
            // A table or a right that is missing may be there at the next attempt.
            throw new SqlOperationFailedException(answer.SqlState, answer.MessageText, answer);
        }
        catch (Exception fault) when (PostgresFaults.Concerns(fault))
        {
            throw _faults.Translate(fault);
        }
    }

    internal static NpgsqlParameter ToParameter(SqlValue parameter)
    {
        var result = parameter.Value switch
        {
            null => new NpgsqlParameter { Value = DBNull.Value },
            SqlJson json => new NpgsqlParameter { Value = json.Text, NpgsqlDbType = NpgsqlDbType.Jsonb },

            // Its type is the column's: JSON has no uuid and no timestamp.
            string text => new NpgsqlParameter { Value = text, NpgsqlDbType = NpgsqlDbType.Unknown },
            var value => new NpgsqlParameter { Value = value },
        };
        if (parameter.Name.Length > 0)
        {
            result.ParameterName = parameter.Name;
        }

        return result;
    }
}
