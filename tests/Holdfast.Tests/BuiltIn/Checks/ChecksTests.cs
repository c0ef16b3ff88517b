using Holdfast.BuiltIn.Checks;
using Holdfast.Components;
using Holdfast.Resilience;
using Holdfast.Spool;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Tests.BuiltIn.Checks;

public sealed class ChecksTests
{
    private static readonly SpoolSnapshot Empty = new()
    {
        SpoolId = Guid.Empty,
        Durability = SpoolDurability.Durable,
        Level = SpoolLevel.Ok,
        Batches = 0,
        Rows = 0,
        LiveBytes = 0,
        DiskBytesMax = 1_000,
        ParkedRows = 0,
        MemoryBytes = 0,
        LastBatchSeq = 0,
        LastSequence = 0,
        OldestReceivedAt = null,
        LastCommitDuration = TimeSpan.Zero,
        LostRows = 0,
        RefusedAppends = 0,
        Fault = null,
    };

    private readonly ManualTimeProvider _clock = new(Some.Instant);

    [Fact]
    public async Task A_spool_that_waits_for_a_database_is_a_warning_and_one_that_nobody_empties_a_failure()
    {
        var old = Empty with { OldestReceivedAt = Some.Instant - TimeSpan.FromMinutes(16) };

        (await FindAsync(Spool(Empty))).ShouldBe((HealthStatus.Healthy, null));
        (await FindAsync(Spool(old, isTaken: false))).Status.ShouldBe(HealthStatus.Degraded);
        (await FindAsync(Spool(old))).ShouldBe((HealthStatus.Unhealthy, "The oldest batch has been waiting for 16 minutes although the store takes data."));
        (await FindAsync(Spool(Empty with { OldestReceivedAt = Some.Instant - TimeSpan.FromSeconds(61) }))).Status.ShouldBe(HealthStatus.Degraded);
    }

    [Theory]
    [InlineData(SpoolLevel.Warn, HealthStatus.Degraded)]
    [InlineData(SpoolLevel.Slow, HealthStatus.Degraded)]
    [InlineData(SpoolLevel.Refuse, HealthStatus.Unhealthy)]
    public async Task A_spool_that_fills_is_told_before_it_refuses(object level, HealthStatus status) =>
        (await FindAsync(Spool(Empty with { Level = (SpoolLevel)level, LiveBytes = 960 }))).Status.ShouldBe(status);

    [Fact]
    public async Task A_spool_that_cannot_be_written_fails_and_a_slow_disk_warns()
    {
        (await FindAsync(Spool(Empty with { Fault = "No space left on device" }))).Status.ShouldBe(HealthStatus.Unhealthy);
        (await FindAsync(Spool(Empty with { LastCommitDuration = TimeSpan.FromSeconds(1.5) }))).Status.ShouldBe(HealthStatus.Degraded);
    }

    [Theory]
    [InlineData(2_000_000_000, HealthStatus.Healthy)]
    [InlineData(999_999_999, HealthStatus.Degraded)]
    [InlineData(99_999_999, HealthStatus.Unhealthy)]
    public async Task A_disk_is_judged_by_what_is_free(long free, HealthStatus status) =>
        (await FindAsync(new DiskCheck(() => (free, 10_000_000_000)))).Status.ShouldBe(status);

    [Fact]
    public async Task The_real_disk_and_the_real_memory_can_be_read()
    {
        using var directory = new TemporaryDirectory();

        var disk = await DiskCheck.Of(directory.Path).CheckHealthAsync(new HealthCheckContext(), CancellationToken.None);
        var memory = await new MemoryCheck().CheckHealthAsync(new HealthCheckContext(), CancellationToken.None);

        ((double)disk.Data["total_bytes"]).ShouldBePositive();
        ((double)memory.Data["working_set_bytes"]).ShouldBePositive();
        ((double)memory.Data["limit_bytes"]).ShouldBeGreaterThan((double)memory.Data["working_set_bytes"]);
    }

    [Theory]
    [InlineData(50, 1, HealthStatus.Healthy)]
    [InlineData(90, 1, HealthStatus.Degraded)]
    [InlineData(98, 1, HealthStatus.Unhealthy)]
    [InlineData(50, 25, HealthStatus.Degraded)]
    public async Task Memory_is_judged_by_what_may_be_used_and_by_the_pauses(long used, double pauses, HealthStatus status) =>
        (await FindAsync(new MemoryCheck(() => new MemoryFigures(used, 100, used, pauses)))).Status.ShouldBe(status);

    [Theory]
    [InlineData(4, HealthStatus.Healthy)]
    [InlineData(6, HealthStatus.Degraded)]
    [InlineData(61, HealthStatus.Unhealthy)]
    public async Task Retries_that_wait_for_a_worker_are_judged_by_how_long(int minutes, HealthStatus status) =>
        (await FindAsync(new QueueAgeCheck(() => TimeSpan.FromMinutes(minutes)))).Status.ShouldBe(status);

    [Theory]
    [InlineData(0, HealthStatus.Healthy)]
    [InlineData(-3, HealthStatus.Degraded)]
    [InlineData(90, HealthStatus.Unhealthy)]
    public async Task A_clock_is_held_against_the_databases(int ahead, HealthStatus status)
    {
        // The answer takes four seconds: it was given in the middle of them, as far as anybody knows.
        var check = new ClockCheck(
            _ =>
            {
                _clock.Advance(TimeSpan.FromSeconds(4));
                return ValueTask.FromResult<DateTimeOffset?>(Some.Instant + TimeSpan.FromSeconds(2 - ahead));
            },
            _clock);

        (await FindAsync(check)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task A_breaker_that_opened_by_itself_fails_and_one_that_somebody_opened_is_only_said()
    {
        using var pipelines = new ResiliencePipelines(_clock);
        var breaker = pipelines.GetOrAddBreaker(PipelineNames.Database);
        var check = new BreakersCheck(pipelines);

        breaker.Trip(TimeSpan.FromMinutes(1), "ann", "to see");

        (await FindAsync(check)).ShouldBe((HealthStatus.Degraded, "The circuit breaker 'database' is open, by hand."));
        breaker.Reset("ann", "seen");
        (await FindAsync(check)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Settings_that_do_not_go_together_are_a_warning() =>
        (await FindAsync(new FlagsCheck(() => ["DUAL_MODE enabled but USE_ADAPTER disabled"]))).ShouldBe((HealthStatus.Degraded, "DUAL_MODE enabled but USE_ADAPTER disabled."));

    [Fact]
    public void A_component_is_stuck_when_nothing_moves_for_too_long()
    {
        var now = new ComponentProgress("shop", ComponentState.Ready, Handled: 7, IsIdle: false, IsPart: false);
        var watch = new ComponentWatch(() => [now], () => TimeSpan.FromSeconds(120), _clock);

        watch.Look().ShouldBeEmpty();
        Pass(119);
        watch.Look().ShouldBeEmpty();
        Pass(1);
        watch.Look().ShouldBe([("shop", "has been handling one event all the time")]);

        now = now with { Handled = 8 };
        watch.Look().ShouldBeEmpty("it moves");
        Pass(200);
        now = now with { IsIdle = true };
        watch.Look().ShouldBeEmpty("nothing waits for it");
    }

    [Fact]
    public void One_that_does_not_become_ready_is_stuck_one_that_waits_for_another_is_not_and_parts_of_the_server_never_are()
    {
        ComponentProgress[] all =
        [
            new("starts", ComponentState.Starting, 0, IsIdle: true, IsPart: false), new("waits", ComponentState.Initialized, 0, IsIdle: true, IsPart: false),
            new("part", ComponentState.Starting, 0, IsIdle: false, IsPart: true),
        ];
        var watch = new ComponentWatch(() => all, () => TimeSpan.FromSeconds(120), _clock);
        watch.Look();

        Pass(120);

        watch.Look().ShouldBe([("starts", "does not become ready")]);
    }

    private void Pass(int seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private SpoolCheck Spool(SpoolSnapshot snapshot, bool isTaken = true) => new(() => snapshot, () => isTaken, _clock);

    private static async Task<(HealthStatus Status, string? Said)> FindAsync(IHealthCheck check)
    {
        var found = await check.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None);
        return (found.Status, found.Description);
    }
}
