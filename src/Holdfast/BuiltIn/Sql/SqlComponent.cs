using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Sql;

/// <summary>
/// Executes statements for others on named connections. It is ready with databases that are away: who asks is told at once, and what failed
/// is published with the operation, so that it is executed again when the database is back.
/// </summary>
internal sealed class SqlComponent(SqlConnections connections, TimeProvider time) : IComponent, IAsyncDisposable
{
    private const int OperationsMax = 100;
    private const int RowsMax = 10_000;

    private static readonly SubscriptionOptions SideBySide = new() { Concurrency = 64 };
    private static readonly EventMetadata News = new() { Priority = EventPriority.High, NoRetry = true };

    private readonly Lock _gate = new();
    private ComponentContext? _context;
    private SqlWatch? _watch;

    public string Name => "sql";

    public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        _context = context;
        context.Bus.Respond("sql.query", QueryAsync, SideBySide);
        context.Bus.Respond("sql.exec", ExecuteAsync, SideBySide);
        context.Bus.Respond("sql.batch", BatchAsync, SideBySide);
        return ValueTask.CompletedTask;
    }

    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _watch = new SqlWatch(connections, OnTurned, time);
        _watch.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        await _watch!.Looked.WaitAsync(cancellationToken);
        ReportLost(); // what was found before the first look was complete
    }

    public ValueTask StopAsync(CancellationToken cancellationToken) => DisposeAsync();

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _watch, null)?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<object?> QueryAsync(BusEvent asked, CancellationToken cancellationToken)
    {
        var request = asked.DataAs<SqlRequest>();
        var ran = await RunAsync(asked, new SqlBatchRequest(request.Connection, [request]) { Timeout = request.Timeout, CorrelationId = request.CorrelationId, Background = request.Background }, cancellationToken);
        return ran[0].Rows;
    }

    private async ValueTask<object?> ExecuteAsync(BusEvent asked, CancellationToken cancellationToken)
    {
        var request = asked.DataAs<SqlRequest>();
        var ran = await RunAsync(asked, new SqlBatchRequest(request.Connection, [request]) { Timeout = request.Timeout, CorrelationId = request.CorrelationId, Background = request.Background }, cancellationToken);
        return new SqlChanges(ran[0].RowsAffected);
    }

    private async ValueTask<object?> BatchAsync(BusEvent asked, CancellationToken cancellationToken)
    {
        var request = asked.DataAs<SqlBatchRequest>();
        if (request.Atomic)
        {
            var ran = await RunAsync(asked, request, cancellationToken);
            return new SqlBatchResult([.. ran.Select(one => new SqlBatchLine(one.RowsAffected, null))]);
        }

        var lines = new List<SqlBatchLine>();
        using var timeout = new CancellationTokenSource(request.Timeout, time);
        for (var number = 0; number < request.Operations.Count; number++)
        {
            // Each is an operation of its own when it is executed again, so each has a correlation of its own.
            lines.Add(await TryAsync(asked, request with { Operations = [request.Operations[number]], CorrelationId = $"{CorrelationOf(asked, request)}/{number}" }, timeout.Token, cancellationToken));
        }

        return new SqlBatchResult(lines);
    }

    private async Task<SqlBatchLine> TryAsync(BusEvent asked, SqlBatchRequest one, CancellationToken timeout, CancellationToken cancellationToken)
    {
        try
        {
            return new SqlBatchLine((await RunAsync(asked, one, timeout, cancellationToken))[0].RowsAffected, null);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            return new SqlBatchLine(0, fault.Message);
        }
    }

    private async Task<IReadOnlyList<SqlRan>> RunAsync(BusEvent asked, SqlBatchRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(request.Timeout, time);
        return await RunAsync(asked, request, timeout.Token, cancellationToken);
    }

    private async Task<IReadOnlyList<SqlRan>> RunAsync(BusEvent asked, SqlBatchRequest request, CancellationToken timeout, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(timeout, cancellationToken);
        try
        {
            var lane = Judge(request);
            ends.Token.ThrowIfCancellationRequested();
            var rows = asked.Type == "sql.query" ? Math.Clamp(request.Operations[0].RowsMax, 0, RowsMax) : 0;
            return await lane.RunAsync([.. request.Operations.Select(one => new SqlStatement(SqlEnvelope.ToOperation(one), rows))], ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            var late = new TimeoutException($"The database '{request.Connection}' did not answer within {request.Timeout.TotalSeconds} s.");
            Publish(asked, request, late, "timeout");
            throw late;
        }
        catch (Exception fault)
        {
            Publish(asked, request, fault, SqlEnvelope.ClassOf(fault));
            throw;
        }
    }

    private SqlLane Judge(SqlBatchRequest request)
    {
        if (request.Operations.Count is 0 or > OperationsMax)
        {
            throw new SqlRequestRefusedException("validation", $"A batch has 1 to {OperationsMax} operations, not {request.Operations.Count}.");
        }

        if (request.Operations.FirstOrDefault(one => !connections.Allows(one.Sql)) is not null)
        {
            throw new SqlRequestRefusedException("forbidden", "The statement is none of those that are allowed.");
        }

        return connections.Find(request.Connection, request.Background)
            ?? throw new SqlRequestRefusedException("not_found", $"There is no SQL connection '{request.Connection}'.");
    }

    // The mark of the request goes with it: who must not have it executed again says so there.
    private void Publish(BusEvent asked, SqlBatchRequest request, Exception fault, string errorClass)
    {
        var (operation, unwritable) = SqlEnvelope.TryWrite(request.Connection, CorrelationOf(asked, request), request.Operations);
        var error = unwritable is null ? fault.Message : $"{fault.Message} The operation cannot be written down: {unwritable}";
        var metadata = new EventMetadata { CorrelationId = asked.CorrelationId, NoRetry = asked.NoRetry, Attempt = asked.Attempt, Priority = EventPriority.Urgent };
        _context!.Bus.Publish($"{asked.Type}.failed", new OperationFailure(operation, error) { ErrorClass = errorClass }, metadata);
    }

    private static string CorrelationOf(BusEvent asked, SqlBatchRequest request) => request.CorrelationId ?? asked.CorrelationId?.ToString() ?? "";

    private void OnTurned(string name, string? lostBecause)
    {
        var data = JsonSerializer.SerializeToElement(new JsonObject { ["connection"] = name, ["reason"] = lostBecause });
        _context!.Bus.Publish(lostBecause is null ? "sql.ready" : "sql.lost", data, News);
        ReportLost();
    }

    private void ReportLost()
    {
        if (_watch is not { Looked.IsCompleted: true } watch)
        {
            return;
        }

        // One after another, though databases are looked at side by side: what is said last must be what is true.
        lock (_gate)
        {
            ReportNeedsLock(watch);
        }
    }

    private void ReportNeedsLock(SqlWatch watch)
    {
        if (watch.Lost.ToList() is { Count: > 0 } lost)
        {
            _context!.ReportDegraded($"these databases are away: {string.Join(", ", lost)}");
        }
        else
        {
            _context!.ReportReady();
        }
    }
}
