using System.Collections.Concurrent;
using System.Diagnostics;
using FsCheck.Fluent;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Resilience;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Components;

public sealed class ComponentHostTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly RecordingLogger<ComponentHost> _log = new();
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly ConcurrentQueue<(string Type, ComponentStatus Status)> _told = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly EventBus _bus;
    private ComponentHost? _host;

    public ComponentHostTests()
    {
        _bus = new EventBus(time: _time);
        _bus.Subscribe("component.*", Hear);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(new CancellationToken(canceled: true));
            await _host.DisposeAsync();
        }

        await _bus.DisposeAsync();
        _news.Dispose();
    }

    [Fact]
    public async Task All_are_initialized_before_any_is_started()
    {
        await RunAsync(Component("a"), Component("b", "a"), Component("c", "b"));

        _calls.Take(3).ShouldBe(["initialize a", "initialize b", "initialize c"]);
        _calls.Skip(3).ShouldBe(["start a", "start b", "start c"]);
        _host!.Statuses.ShouldAllBe(status => status.State == ComponentState.Ready);
    }

    [Fact]
    public async Task Fifty_components_in_any_order_start_after_those_they_need_and_stop_before_them()
    {
        var nodes = ComponentPlanTests.Registered(50).Sample(1, 1)[0];

        await RunAsync([.. nodes.Select(node => new TrialComponent(node.Name, _calls) { Dependencies = node.Dependencies })]);
        await _host!.StopAsync(TestContext.Current.CancellationToken);

        var calls = _calls.ToList();
        foreach (var node in nodes)
        {
            foreach (var needed in node.Dependencies.Hard.Concat(node.Dependencies.Soft))
            {
                calls.IndexOf($"start {needed}").ShouldBeLessThan(calls.IndexOf($"start {node.Name}"));
                calls.IndexOf($"stop {needed}").ShouldBeGreaterThan(calls.IndexOf($"stop {node.Name}"));
            }
        }

        calls.Count.ShouldBe(150);
    }

    [Fact]
    public async Task Those_that_do_not_need_each_other_start_side_by_side()
    {
        var both = new Barrier(2);
        var (a, b) = (Component("a"), Component("b"));
        a.Start = b.Start = token => Task.Run(() => both.SignalAndWait(token), token);

        await RunAsync(a, b);

        _host!.Statuses.ShouldAllBe(status => status.State == ComponentState.Ready);
    }

    [Fact]
    public void A_circle_is_told_before_anything_is_called()
    {
        Should.Throw<ComponentPlanException>(() => new ComponentHost([Component("a", "b"), Component("b", "a")], _bus)).Message.ShouldContain("a -> b -> a");

        _calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_component_may_not_ask_others_while_it_is_initialized()
    {
        Exception? fault = null;
        var asks = new TrialComponent("asks", _calls)
        {
            Initialize = context => fault ??= context.Bus.RequestAsync("sql", "sql.query").Exception?.InnerException,
        };

        await RunAsync(Component("sql"), asks);

        fault.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public async Task One_that_throws_is_isolated_and_started_again_and_those_that_can_do_without_it_run_degraded_and_heal()
    {
        var failures = 2;
        var sql = Component("sql");
        sql.Start = _ => failures-- > 0 ? throw new InvalidOperationException("refused") : Task.CompletedTask;
        var shop = new TrialComponent("shop", _calls) { Dependencies = new ComponentDependencies([], ["sql"]) };

        await RunAsync(sql, shop, Component("other"));

        await UntilAsync("shop", ComponentState.Degraded);
        Status("other").State.ShouldBe(ComponentState.Ready);
        Status("sql").LastError.ShouldBe("refused");
        Status("shop").Reasons.ShouldBe(["sql is not ready"]);
        await DriveUntilAsync("shop", ComponentState.Ready);
        (Status("sql").State, Status("sql").Retries).ShouldBe((ComponentState.Ready, 2));
        sql.OneAtATime.ShouldBeTrue();
        _calls.Where(call => call.EndsWith("sql", StringComparison.Ordinal))
            .ShouldBe(["initialize sql", "start sql", "stop sql", "start sql", "stop sql", "start sql"]);
    }

    [Fact]
    public async Task One_that_hangs_in_its_start_costs_its_own_timeout_and_is_tried_again()
    {
        var first = true;
        var sql = new TrialComponent("sql", _calls) { StartTimeout = 3 * Second };
        sql.Start = async token =>
        {
            if (first)
            {
                first = false;
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            }
        };
        _host = New(sql, Component("other"));

        await _host.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync("other", ComponentState.Ready);
        await UntilAsync("sql", ComponentState.Starting);
        await DriveUntilAsync("sql", ComponentState.Ready);

        Status("sql").LastError.ShouldBe("It did not start within 3 s.");
        sql.OneAtATime.ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_ignores_its_cancellation_is_not_started_a_second_time_beside_itself()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sql = Component("sql");
        sql.Start = _ => gate.Task;
        _host = New(sql);
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await DriveUntilAsync("sql", ComponentState.Failed);

        await DriveAsync(() => _log.Warnings.Any(line => line.Contains("left behind", StringComparison.Ordinal)));
        _time.Advance(TimeSpan.FromMinutes(10));
        _calls.ShouldBe(["initialize sql", "start sql"]);
        gate.SetResult();

        await DriveUntilAsync("sql", ComponentState.Ready);
        sql.OneAtATime.ShouldBeTrue();
        _calls.ShouldBe(["initialize sql", "start sql", "stop sql", "start sql"]);
    }

    [Fact]
    public async Task The_host_has_started_while_a_component_is_not_ready_and_requests_to_it_wait()
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sql = new TrialComponent("sql", _calls) { Initialize = context => context.Bus.Respond("sql.query", (_, _) => new ValueTask<object?>("rows")) };
        sql.Ready = connected.Task.WaitAsync;
        var needs = Component("needs", "sql");
        var afterThat = Component("after", "needs");
        var shop = new TrialComponent("shop", _calls) { Dependencies = new ComponentDependencies([], ["sql", "needs"]) };

        await RunAsync(sql, needs, afterThat, shop);

        Status("needs").State.ShouldBe(ComponentState.Initialized);
        Status("after").Reasons.ShouldBe(["needs is not ready"]);
        Status("shop").State.ShouldBe(ComponentState.Degraded);
        var request = _bus.RequestAsync("sql", "sql.query");
        request.IsCompleted.ShouldBeFalse();
        connected.SetResult();
        (await request).ShouldBe("rows");
        await UntilAsync("after", ComponentState.Ready);
        await UntilAsync("shop", ComponentState.Ready);
    }

    [Fact]
    public async Task What_a_component_says_that_it_lacks_while_it_starts_it_still_lacks_when_it_has_started()
    {
        var sql = Component("sql");
        sql.Ready = _ =>
        {
            sql.Context.ReportDegraded("one database is away");
            return Task.CompletedTask;
        };

        await RunAsync(sql, Component("shop", "sql"));

        await UntilAsync("shop", ComponentState.Ready);
        Status("sql").State.ShouldBe(ComponentState.Degraded);
        sql.Context.ReportReady();
        Status("sql").State.ShouldBe(ComponentState.Ready);
    }

    [Fact]
    public async Task A_component_that_loses_what_it_works_with_says_so_and_its_dependents_are_degraded_until_it_is_back()
    {
        var sql = Component("sql");
        await RunAsync(sql, Component("shop", "sql"));

        sql.Context.ReportNotReady("connection lost");
        await UntilAsync("shop", ComponentState.Degraded);
        Status("sql").Reasons.ShouldBe(["connection lost"]);
        sql.Context.ReportReady();

        await UntilAsync("shop", ComponentState.Ready);
        sql.Context.ReportDegraded("slow");
        Status("sql").State.ShouldBe(ComponentState.Degraded);
        Status("shop").State.ShouldBe(ComponentState.Ready);
    }

    [Fact]
    public async Task A_component_that_fails_while_it_runs_is_stopped_and_started_again()
    {
        var sql = Component("sql");
        await RunAsync(sql);
        _time.Advance(Second);
        Status("sql").Uptime.ShouldBe(Second);

        sql.Context.ReportFailed(new InvalidOperationException("loop ended"));

        await UntilAsync("sql", ComponentState.Failed);
        Status("sql").Uptime.ShouldBe(TimeSpan.Zero);
        await DriveUntilAsync("sql", ComponentState.Ready);
        (Status("sql").LastError, Status("sql").Retries).ShouldBe(("loop ended", 1));
        _calls.ShouldBe(["initialize sql", "start sql", "stop sql", "start sql"]);
    }

    [Fact]
    public async Task One_that_cannot_be_initialized_is_tried_again_without_what_it_had_subscribed_to()
    {
        var (failures, heard) = (1, 0);
        var sql = new TrialComponent("sql", _calls)
        {
            Initialize = context =>
            {
                context.Bus.Subscribe("order.placed", _ => Interlocked.Increment(ref heard));
                _ = failures-- > 0 ? throw new InvalidOperationException("not yet") : 0;
            },
        };

        await RunAsync(sql);
        _bus.Publish("order.placed").Accepted.ShouldBe(1);
        await _host!.StopAsync(TestContext.Current.CancellationToken);

        heard.ShouldBe(1);
    }

    [Fact]
    public async Task A_failed_component_is_told_on_the_bus_and_is_nothing_to_be_retried()
    {
        var heard = new Heard();
        _bus.Subscribe("*.failed", heard.HandleAsync);
        var sql = Component("sql");
        sql.Start = _ => throw new InvalidOperationException("refused");

        await RunAsync(sql);

        var item = await heard.NextAsync();
        (item.Type, item.Source, item.NoRetry).ShouldBe(("component.failed", "sql", true));
        item.DataAs<ComponentStatus>().LastError.ShouldBe("refused");
    }

    [Fact]
    public async Task What_waits_for_a_component_is_handled_before_it_stops()
    {
        var heard = new Heard();
        heard.Hold();
        var shop = new TrialComponent("shop", _calls) { Initialize = context => context.Bus.Subscribe("order.placed", heard.HandleAsync) };
        await RunAsync(shop);
        _bus.Publish("order.placed");
        _bus.Publish("order.placed");
        await heard.BegunAsync();

        var stopping = _host!.StopAsync(TestContext.Current.CancellationToken);
        heard.Release();
        await stopping;

        heard.Rest().Count.ShouldBe(2);
        (Status("shop").State, Status("shop").EventsHandled).ShouldBe((ComponentState.Stopped, 2));
    }

    [Fact]
    public async Task One_that_does_not_stop_costs_its_own_budget_and_the_others_stop_all_the_same()
    {
        var hangs = new TrialComponent("hangs", _calls) { Dependencies = ComponentDependencies.On("sql"), StopBudget = 2 * Second };
        hangs.Stop = _ => new TaskCompletionSource().Task;
        var sql = Component("sql");
        await RunAsync(sql, hangs);

        var stopping = _host!.StopAsync(TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(() => _calls.Contains("stop hangs"), "it has been told to stop");
        await DriveAsync(() => stopping.IsCompleted);

        _calls.TakeLast(2).ShouldBe(["stop hangs", "stop sql"]);
        Status("hangs").LastError.ShouldBe("It did not stop within 2 s.");
        Status("sql").State.ShouldBe(ComponentState.Stopped);
    }

    [Fact]
    public async Task The_host_can_be_stopped_while_components_start_wait_and_rest()
    {
        var (hangs, fails) = (Component("hangs"), Component("fails"));
        hangs.Start = token => Task.Delay(Timeout.InfiniteTimeSpan, token);
        fails.Start = _ => throw new InvalidOperationException();
        _host = New(hangs, fails, Component("waits", "hangs"));
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync("fails", ComponentState.Failed);
        await UntilAsync("hangs", ComponentState.Starting);

        await _host.StopAsync(TestContext.Current.CancellationToken);

        _host.Statuses.ShouldAllBe(status => status.State == ComponentState.Stopped);
        _calls.ShouldNotContain("start waits");
        _calls.ShouldNotContain("stop waits");
    }

    [Fact]
    public async Task One_that_is_started_again_waits_for_those_it_needs_as_the_first_time()
    {
        var sql = Component("sql");
        var shop = Component("shop", "sql");
        var wasReady = new ConcurrentQueue<bool>();
        shop.Start = _ =>
        {
            wasReady.Enqueue(Status("sql").State == ComponentState.Ready);
            return Task.CompletedTask;
        };
        await RunAsync(sql, shop);

        sql.Context.ReportNotReady("connection lost");
        shop.Context.ReportFailed(new InvalidOperationException("loop ended"));
        await UntilAsync("shop", ComponentState.Failed);
        await DriveUntilAsync("shop", ComponentState.Initialized);
        Status("shop").Reasons.ShouldBe(["sql is not ready"]);
        sql.Context.ReportReady();
        await UntilAsync("shop", ComponentState.Ready);

        wasReady.ShouldBe([true, true]);
    }

    [Fact]
    public async Task One_that_blocks_its_thread_instead_of_awaiting_holds_up_neither_others_nor_the_stop()
    {
        using var gate = new ManualResetEventSlim();
        var sql = Component("sql");
        sql.Ready = _ =>
        {
            gate.Wait(TestContext.Current.CancellationToken);
            return Task.CompletedTask;
        };
        var shop = new TrialComponent("shop", _calls) { Dependencies = new ComponentDependencies([], ["sql"]) };

        _host = New(sql, shop);
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await DriveUntilAsync("shop", ComponentState.Degraded);
        var stopping = _host!.StopAsync(TestContext.Current.CancellationToken);
        await DriveAsync(() => stopping.IsCompleted);
        gate.Set();

        _host.Statuses.ShouldAllBe(status => status.State == ComponentState.Stopped);
    }

    [Fact]
    public async Task One_whose_cancellation_throws_is_started_again_and_stopped_like_others()
    {
        var sql = Component("sql");
        sql.Ready = token =>
        {
            token.Register(() => throw new InvalidOperationException("badly cancelled"));
            return Task.CompletedTask;
        };
        await RunAsync(Component("store"), sql);

        sql.Context.ReportFailed(new InvalidOperationException("loop ended"));
        await UntilAsync("sql", ComponentState.Failed);
        await DriveUntilAsync("sql", ComponentState.Ready);
        await _host!.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        _host.Statuses.ShouldAllBe(status => status.State == ComponentState.Stopped);
        _calls.TakeLast(2).ShouldBe(["stop store", "stop sql"], ignoreOrder: true);
    }

    [Fact]
    public async Task One_whose_cancellation_throws_when_its_time_is_over_has_failed_and_ends_nothing_else()
    {
        var sql = Component("sql");
        sql.Start = token =>
        {
            token.Register(() => throw new InvalidOperationException("badly cancelled"));
            return Task.Delay(Timeout.InfiniteTimeSpan, token);
        };
        _host = New(sql);
        await _host.StartAsync(TestContext.Current.CancellationToken);

        await DriveUntilAsync("sql", ComponentState.Failed);

        Status("sql").LastError.ShouldBe("It did not start within 10 s.");
        await DriveAsync(() => _log.Errors.Contains("What component sql had registered with its cancellation failed."));
    }

    [Fact]
    public async Task A_host_that_is_stopped_while_it_initializes_starts_nothing()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gate = new ManualResetEventSlim();
        var slow = new TrialComponent("slow", _calls)
        {
            Initialize = _ =>
            {
                begun.SetResult();
                gate.Wait(TestContext.Current.CancellationToken);
            },
        };
        _host = New(slow, Component("other"));

        var starting = _host.StartAsync(TestContext.Current.CancellationToken);
        await begun.Task;
        var stopping = _host.StopAsync(TestContext.Current.CancellationToken);
        gate.Set();
        await DriveAsync(() => starting.IsCompleted && stopping.IsCompleted);
        await Should.ThrowAsync<OperationCanceledException>(starting);
        await _host.WhenSettledAsync(TestContext.Current.CancellationToken);

        _calls.ShouldNotContain("start slow");
        _calls.ShouldNotContain("start other");
        _host.Statuses.ShouldAllBe(status => status.State == ComponentState.Stopped);
    }

    private TrialComponent Component(string name, params string[] needed) => new(name, _calls) { Dependencies = ComponentDependencies.On(needed) };

    private ComponentHost New(params TrialComponent[] components)
    {
        var options = new ComponentHostOptions { Retry = new BackoffSchedule(Second, 2, 30 * Second, 0) };
        return new ComponentHost(components, _bus, options, _time, _log);
    }

    private async Task RunAsync(params TrialComponent[] components)
    {
        _host = New(components);
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await _host.WhenSettledAsync(TestContext.Current.CancellationToken);
    }

    private ComponentStatus Status(string name) => _host!.Statuses.Single(status => status.Name == name);

    private void Hear(BusEvent item)
    {
        _told.Enqueue((item.Type, item.DataAs<ComponentStatus>()));
        _news.Release();
    }

    // Every change of a state is told on the bus, so nothing has to be polled.
    private async Task UntilAsync(string name, ComponentState state)
    {
        while (Status(name).State != state)
        {
            await _news.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    private Task DriveUntilAsync(string name, ComponentState state) => DriveAsync(() => Status(name).State == state);

    // Delays are asked for on other threads, so the clock is moved until what it brings is there.
    private async Task DriveAsync(Func<bool> there)
    {
        var began = Stopwatch.GetTimestamp();
        while (!there())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(30), "It waits for something that time does not bring.");
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }
}
