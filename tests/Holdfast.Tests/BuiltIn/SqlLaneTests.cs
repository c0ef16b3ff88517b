using Holdfast.BuiltIn.Sql;
using Holdfast.Pipeline;
using Holdfast.Retries;

namespace Holdfast.Tests.BuiltIn;

public sealed class SqlLaneTests : IAsyncDisposable
{
    private static readonly SqlStatement[] Nothing = [new(new SqlOperation("nothing", []), 0)];

    private readonly SqlMetrics _metrics = new(new object());
    private readonly TrialPool _pool = new();
    private readonly SqlLane _lane;

    public SqlLaneTests() => _lane = new SqlLane("shop", "critical", _pool, size: 1, _metrics);

    public async ValueTask DisposeAsync()
    {
        await _lane.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Who_finds_all_connections_in_use_waits_within_its_own_time()
    {
        var held = new TaskCompletionSource();
        _pool.Work = () => held.Task;
        var first = _lane.RunAsync(Nothing, CancellationToken.None);
        using var impatient = new CancellationTokenSource();
        var second = _lane.RunAsync(Nothing, impatient.Token);
        _lane.InUse.ShouldBe(1);

        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
        held.SetResult();
        await first;

        _pool.Calls.ShouldBe(1);
        _lane.InUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_run_of_network_errors_gives_up_every_connection()
    {
        _pool.Work = () => throw new StoreUnavailableException("connection", "gone", null);

        for (var i = 0; i < SqlLane.ErrorsMax; i++)
        {
            _pool.Cleared.ShouldBe(0);
            await Should.ThrowAsync<StoreUnavailableException>(() => _lane.RunAsync(Nothing, CancellationToken.None));
        }

        _pool.Cleared.ShouldBe(1);
    }

    [Fact]
    public async Task What_the_database_says_of_a_statement_ends_the_run()
    {
        for (var i = 0; i < SqlLane.ErrorsMax * 2; i++)
        {
            _pool.Work = i % 2 == 0 ? () => throw new StoreUnavailableException("connection", "gone", null) : () => throw new SqlOperationRefusedException("42601", "wrong", null);
            await Should.ThrowAsync<Exception>(() => _lane.RunAsync(Nothing, CancellationToken.None));
        }

        _pool.Cleared.ShouldBe(0);
    }

    private sealed class TrialPool : ISqlPool
    {
        public Func<Task> Work { get; set; } = () => Task.CompletedTask;

        public int Calls { get; private set; }

        public int Cleared { get; private set; }

        public async Task<IReadOnlyList<SqlRan>> RunAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken)
        {
            Calls++;
            await Work();
            return [];
        }

        public Task ProbeAsync(CancellationToken cancellationToken) => Work();

        public void Clear() => Cleared++;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
