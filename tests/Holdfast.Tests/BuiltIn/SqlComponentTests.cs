using System.Collections.Concurrent;
using Holdfast.BuiltIn.Retry;
using Holdfast.BuiltIn.Sql;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn;

/// <summary>The component over databases that do what a test says.</summary>
public sealed class SqlComponentTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly Heard _heard = new();
    private readonly SqlMetrics _metrics = new(new object());
    private readonly TrialDriver _driver = new();
    private readonly EventBus _bus;
    private readonly SqlConnections _connections;
    private readonly ComponentHost _host;

    public SqlComponentTests()
    {
        var pool = new SqlPoolOptions(2, 0, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5));
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { ["shop"] = "shop", ["till"] = "till" };
        _bus = new EventBus(time: _time);
        _bus.Subscribe("sql.*", _heard.HandleAsync);
        _connections = new SqlConnections(new SqlOptions { Connections = names, Critical = pool, Background = pool }, [_driver], _metrics);
        _host = new ComponentHost([new SqlComponent(_connections, _time)], _bus, time: _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _bus.DisposeAsync();
        await _connections.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_database_that_fails_in_a_way_nobody_thought_of_is_away_like_any_other_and_heals()
    {
        _driver.Probe["shop"] = () => throw new SqlOperationFailedException("SQLITE_ERROR", "unsupported file format", null);
        await StartAsync();

        await RetryRig.UntilAsync(() => Status.State == ComponentState.Degraded && Status.Reasons is ["these databases are away: shop"], "it lacks one of them");
        _driver.Probe["shop"] = () => Task.CompletedTask;
        await RetryRig.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Status.State == ComponentState.Ready;
            },
            "it lacks nothing");
    }

    [Fact]
    public async Task An_operation_that_cannot_be_written_down_is_told_with_what_the_database_said()
    {
        await StartAsync();
        _driver.Work = _ => throw new StoreUnavailableException("connection", "gone", null);

        var request = new SqlRequest("shop", "UPDATE scale SET weight = $1") { Parameters = [double.NaN] };
        var fault = await Should.ThrowAsync<RequestFailedException>(_bus.RequestAsync("sql", "sql.exec", request));

        fault.InnerException.ShouldBeOfType<StoreUnavailableException>();
        var failure = await FailureAsync();
        failure.DataAs<OperationFailure>().Error.ShouldContain("gone");
        CaptureRules.Judge(failure, Outside.Anything).ShouldBeOfType<Capture.NotExecutable>().Why.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_parameter_of_no_known_kind_is_refused_and_told()
    {
        await StartAsync();

        var request = new SqlRequest("shop", "UPDATE scale SET weight = $1") { Parameters = [new object()] };
        var fault = await Should.ThrowAsync<RequestFailedException>(_bus.RequestAsync("sql", "sql.exec", request));

        fault.InnerException.ShouldBeOfType<SqlRequestRefusedException>().ErrorClass.ShouldBe("validation");
        CaptureRules.Judge(await FailureAsync(), Outside.Anything).ShouldBeOfType<Capture.Ignored>();
    }

    [Fact]
    public async Task The_time_of_a_batch_is_for_all_of_it_also_without_a_transaction()
    {
        await StartAsync();
        _driver.Work = async token =>
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            token.ThrowIfCancellationRequested();
            await Task.CompletedTask;
        };

        var one = new SqlRequest("shop", "CALL slow()");
        var request = new SqlBatchRequest("shop", [one, one, one, one]) { Atomic = false, Timeout = TimeSpan.FromSeconds(8) };
        var result = await _bus.RequestAsync<SqlBatchResult>("sql", "sql.batch", request, TimeSpan.FromMinutes(1));

        result.Results.Select(line => line.Error is null).ShouldBe([true, true, false, false]);
        result.Results[3].Error!.ShouldContain("within 8 s");
    }

    private ComponentStatus Status => _host.Statuses.Single();

    private async Task StartAsync()
    {
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(() => Status.State is ComponentState.Ready or ComponentState.Degraded, "it has looked");
    }

    private async Task<BusEvent> FailureAsync()
    {
        while (true)
        {
            if (await _heard.NextAsync() is { } happened && happened.Type.EndsWith(".failed", StringComparison.Ordinal))
            {
                return happened;
            }
        }
    }

    private sealed class TrialDriver : ISqlDriver
    {
        public ConcurrentDictionary<string, Func<Task>> Probe { get; } = new(StringComparer.Ordinal);

        public Func<CancellationToken, Task> Work { get; set; } = _ => Task.CompletedTask;

        public bool Takes(string connectionString) => true;

        public string? FaultOf(string connectionString) => null;

        public ISqlPool MakePool(string connectionString, SqlPoolOptions options) => new TrialPool(this, connectionString);

        private sealed class TrialPool(TrialDriver driver, string name) : ISqlPool
        {
            public async Task<IReadOnlyList<SqlRan>> RunAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken)
            {
                await driver.Work(cancellationToken);
                return [.. statements.Select(_ => new SqlRan(new SqlRows([], [], false), 1))];
            }

            public Task ProbeAsync(CancellationToken cancellationToken) => driver.Probe.TryGetValue(name, out var probe) ? probe() : Task.CompletedTask;

            public void Clear()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
