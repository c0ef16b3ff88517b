using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Events;

public sealed class EventBusRequestTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly Heard _failures = new();
    private readonly EventBus _bus;
    private readonly BusEndpoint _sql;

    public EventBusRequestTests()
    {
        _bus = new EventBus(time: _time);
        _sql = _bus.Join("sql");
        _bus.Subscribe("*.failed", _failures.HandleAsync);
        _bus.Start();
    }

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task A_request_gets_the_answer_of_its_target()
    {
        _sql.Respond("sql.query", (asked, _) => new ValueTask<object?>($"rows of {asked.DataAs<string>()}"));

        var answer = await _bus.RequestAsync<string>("sql", "sql.query", "orders");

        answer.ShouldBe("rows of orders");
        await Should.ThrowAsync<InvalidCastException>(_bus.RequestAsync<int>("sql", "sql.query", "orders"));
    }

    [Fact]
    public async Task The_correlation_id_is_made_by_the_bus_and_new_each_time()
    {
        var given = Guid.CreateVersion7();
        _sql.Respond("id", (asked, _) => new ValueTask<object?>(asked.CorrelationId));

        var first = await _bus.RequestAsync<Guid>("sql", "id", metadata: new EventMetadata { CorrelationId = given });
        var second = await _bus.RequestAsync<Guid>("sql", "id");

        first.Version.ShouldBe(7);
        new[] { given, first, second }.Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task A_request_to_nobody_fails_at_once()
    {
        var fault = await Should.ThrowAsync<NoHandlerException>(_bus.RequestAsync("sqll", "sql.query"));

        (fault.Target, fault.EventType).ShouldBe(("sqll", "sql.query"));
    }

    [Fact]
    public async Task A_request_that_its_target_does_not_answer_fails_at_once()
    {
        _sql.Subscribe("*", _ => { }); // a subscription is no answer

        (await Should.ThrowAsync<NoHandlerException>(_bus.RequestAsync("sql", "sql.query"))).Message.ShouldBe("'sql' has no handler for sql.query.");
    }

    [Fact]
    public async Task A_request_before_the_start_is_a_mistake()
    {
        await using var bus = new EventBus();
        bus.Join("sql").Respond("sql.query", (_, _) => new ValueTask<object?>(1));

        await Should.ThrowAsync<InvalidOperationException>(bus.RequestAsync("sql", "sql.query"));
    }

    [Fact]
    public async Task A_target_that_is_not_ready_is_waited_for()
    {
        _sql.Respond("sql.query", (_, _) => new ValueTask<object?>("done"));
        _sql.MarkNotReady("connecting");

        var request = _bus.RequestAsync("sql", "sql.query");
        request.IsCompleted.ShouldBeFalse();
        _sql.MarkReady();

        (await request).ShouldBe("done");
    }

    [Fact]
    public async Task A_target_that_does_not_become_ready_costs_the_deadline_and_no_more()
    {
        _sql.Respond("sql.query", (_, _) => new ValueTask<object?>("done"));
        _sql.MarkNotReady("connecting");

        var request = _bus.RequestAsync("sql", "sql.query", timeout: Second);
        _time.Advance(Second);

        (await Should.ThrowAsync<RequestTimeoutException>(request)).Message.ShouldBe("'sql' was not ready for sql.query (connecting) within 1 s.");
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_cancelled_and_the_caller_told()
    {
        var (begun, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        _sql.Respond("sql.query", async (_, token) =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        });

        var request = _bus.RequestAsync("sql", "sql.query", timeout: Second);
        await begun.Task;
        _time.Advance(Second);

        (await Should.ThrowAsync<RequestTimeoutException>(request)).CorrelationId.ShouldNotBeNull();
        await cancelled.Task;
        await _sql.WhenIdleAsync(TestContext.Current.CancellationToken);
        _failures.Rest().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_whose_time_is_over_before_it_was_begun_is_not_begun()
    {
        var gate = new TaskCompletionSource();
        var begun = new List<object?>();
        _sql.Respond("sql.exec", async (asked, _) =>
        {
            begun.Add(asked.Data);
            await gate.Task;
            return null;
        });
        var first = _bus.RequestAsync("sql", "sql.exec", "first");
        var late = _bus.RequestAsync("sql", "sql.exec", "late", timeout: Second);

        _time.Advance(Second);
        await Should.ThrowAsync<RequestTimeoutException>(late);
        gate.SetResult();
        await first;
        await _sql.WhenIdleAsync(TestContext.Current.CancellationToken);

        begun.ShouldBe(["first"]);
    }

    [Fact]
    public async Task What_a_handler_throws_comes_to_the_one_who_asked_and_is_no_failure_event()
    {
        _sql.Respond("sql.query", (_, _) => throw new FormatException("no such table"));

        var fault = await Should.ThrowAsync<RequestFailedException>(_bus.RequestAsync("sql", "sql.query"));

        fault.InnerException.ShouldBeOfType<FormatException>();
        fault.Message.ShouldContain("no such table");
        await _sql.WhenIdleAsync(TestContext.Current.CancellationToken);
        _failures.Rest().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_handler_throws_when_nobody_waits_any_more_is_a_failure_event()
    {
        var (begun, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _sql.Respond("sql.query", async (_, _) =>
        {
            begun.SetResult();
            await gate.Task;
            throw new FormatException("too late");
        });
        var request = _bus.RequestAsync("sql", "sql.query", timeout: Second);
        await begun.Task;
        _time.Advance(Second);
        await Should.ThrowAsync<RequestTimeoutException>(request);

        gate.SetResult();

        (await _failures.NextAsync()).DataAs<HandlerFailure>().Exception.Message.ShouldBe("too late");
    }

    [Fact]
    public async Task Who_asked_may_give_up()
    {
        using var patience = new CancellationTokenSource();
        _sql.Respond("sql.query", async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        });

        var request = _bus.RequestAsync("sql", "sql.query", cancellationToken: patience.Token);
        await patience.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(request);
    }

    [Fact]
    public async Task A_request_waits_for_room_in_the_queue_of_its_target()
    {
        var gate = new TaskCompletionSource();
        _sql.Respond("sql.query", async (asked, _) =>
        {
            await gate.Task;
            return asked.Data;
        }, new SubscriptionOptions { QueueCapacity = 1 });

        var requests = Enumerable.Range(0, 10).Select(number => _bus.RequestAsync("sql", "sql.query", number)).ToList();
        gate.SetResult();

        (await Task.WhenAll(requests)).ShouldBe(Enumerable.Range(0, 10).Cast<object>());
    }

    [Fact]
    public async Task A_handler_may_ask_others_and_itself_is_not_in_the_way_with_one_worker()
    {
        await using var bus = new EventBus(new EventBusOptions { Scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler });
        bus.Start();
        using var sql = bus.Join("sql");
        using var shop = bus.Join("shop");
        using var front = bus.Join("front");
        sql.Respond("sql.query", async (_, token) =>
        {
            await Task.Yield();
            return 20 + (int)(await sql.RequestAsync("sql", "sql.pool", cancellationToken: token))!;
        });
        sql.Respond("sql.pool", (_, _) => new ValueTask<object?>(1));
        shop.Respond("price", async (_, token) => 21 + (int)(await shop.RequestAsync("sql", "sql.query", cancellationToken: token))!);
        var heard = new TaskCompletionSource<object?>();
        front.Subscribe("order.placed", async (_, token) => heard.SetResult(await front.RequestAsync("shop", "price", cancellationToken: token)));

        bus.Publish("order.placed");

        (await heard.Task.WaitAsync(TestContext.Current.CancellationToken)).ShouldBe(42);
    }

    [Fact]
    public async Task A_target_that_leaves_fails_the_requests_that_wait_for_it()
    {
        var begun = new TaskCompletionSource();
        _sql.Respond("sql.query", async (_, token) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        });
        var first = _bus.RequestAsync("sql", "sql.query", timeout: Second);
        await begun.Task;
        var waiting = _bus.RequestAsync("sql", "sql.query");

        _sql.Dispose();

        (await Should.ThrowAsync<RequestFailedException>(waiting)).Message.ShouldContain("left");
        await Should.ThrowAsync<NoHandlerException>(_bus.RequestAsync("sql", "sql.query"));
        _time.Advance(Second);
        await Should.ThrowAsync<RequestTimeoutException>(first);
    }

    [Fact]
    public async Task What_a_handler_registers_with_its_cancellation_may_throw_and_hurts_nobody()
    {
        using var begun = new SemaphoreSlim(0);
        _sql.Respond("sql.query", async (_, token) =>
        {
            token.Register(() => throw new InvalidOperationException("badly cancelled"));
            begun.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        }, new SubscriptionOptions { Concurrency = 2 });
        var late = _bus.RequestAsync("sql", "sql.query", timeout: Second);
        var last = _bus.RequestAsync("sql", "sql.query");
        await begun.WaitAsync(TestContext.Current.CancellationToken);
        await begun.WaitAsync(TestContext.Current.CancellationToken);

        _time.Advance(Second);
        await Should.ThrowAsync<RequestTimeoutException>(late);
        await _bus.DisposeAsync();

        await Should.ThrowAsync<RequestFailedException>(last);
    }

    [Fact]
    public async Task A_target_that_leaves_before_it_was_ready_fails_the_requests_that_wait_for_it()
    {
        var late = _bus.Join("late", ready: false);
        late.Respond("late.query", (_, _) => new ValueTask<object?>("answer"));
        var waiting = _bus.RequestAsync("late", "late.query");

        late.Dispose();

        (await Should.ThrowAsync<RequestFailedException>(waiting)).Message.ShouldContain("left");
    }

    [Fact]
    public async Task A_request_that_waited_for_its_target_goes_to_who_answers_by_then()
    {
        var late = _bus.Join("late", ready: false);
        var first = late.Respond("late.query", (_, _) => new ValueTask<object?>("first"));
        var waiting = _bus.RequestAsync("late", "late.query");

        first.Dispose();
        late.Respond("late.query", (_, _) => new ValueTask<object?>("second"));
        late.MarkReady();

        (await waiting).ShouldBe("second");
    }

    [Fact]
    public async Task The_end_of_the_bus_fails_the_requests_that_are_under_way()
    {
        _sql.Respond("sql.query", async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        });
        var request = _bus.RequestAsync("sql", "sql.query");

        await _bus.DisposeAsync();

        await Should.ThrowAsync<RequestFailedException>(request);
    }

    [Fact]
    public void One_type_has_one_responder_and_one_name_one_endpoint()
    {
        using var responder = _sql.Respond("sql.query", (_, _) => new ValueTask<object?>(1));

        Should.Throw<InvalidOperationException>(() => _sql.Respond("sql.query", (_, _) => new ValueTask<object?>(2)));
        Should.Throw<InvalidOperationException>(() => _bus.Join("sql"));
        _sql.Dispose();
        _bus.Join("sql").Name.ShouldBe("sql");
    }
}
