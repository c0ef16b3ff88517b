using System.Data.Common;
using Holdfast.Pipeline;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Storage.Tests.Pipeline;

/// <summary>What operators did reaches the table of the store, in order, and one bad entry stops no other.</summary>
public sealed class AuditTrailTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger<AuditTrail> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly FaultyStore _store;
    private readonly AuditTrail _audit;
    private readonly Task _running;

    public AuditTrailTests()
    {
        _store = new FaultyStore(new MemoryTelemetryStore(_clock))
        {
            BeforeAudit = _ =>
            {
                _asked.Release();
                return Task.CompletedTask;
            },
        };
        _audit = new AuditTrail(new DeafIntake(), _store, _clock, _log);
        _running = _audit.RunAsync(_stop.Token);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _asked.Dispose();
    }

    [Fact]
    public async Task An_entry_that_the_store_refuses_for_what_it_is_stops_none_behind_it_and_is_told()
    {
        var asked = _store.BeforeAudit;
        _store.BeforeAudit = async entry =>
        {
            await asked(entry);
            if (entry.Target == "bad")
            {
                throw new StoreUnavailableException("other", "It holds a NUL.", new InvalidText());
            }
        };

        await _audit.RecordAsync(Entry("bad"), CancellationToken.None);
        await _audit.RecordAsync(Entry("good"), CancellationToken.None);
        await AskedAsync(3);
        await StopAsync();

        (await _store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items.ShouldHaveSingleItem().Target.ShouldBe("good");
        _log.All.ShouldContain(line => line.Contains("the table: It holds a NUL."));
    }

    [Fact]
    public async Task An_entry_whose_details_the_store_refuses_is_kept_without_them()
    {
        var asked = _store.BeforeAudit;
        _store.BeforeAudit = async entry =>
        {
            await asked(entry);
            if (entry.DetailsJson.Contains("1e200000"))
            {
                throw new StoreUnavailableException("other", "It holds a number that is too large.", new InvalidText());
            }
        };

        await _audit.RecordAsync(Entry("checkout") with { DetailsJson = """{"after": 1e200000}""" }, CancellationToken.None);
        await AskedAsync(2);
        await StopAsync();

        var kept = (await _store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items.ShouldHaveSingleItem();
        (kept.Target, kept.DetailsJson).ShouldBe(("checkout", """{"details": "refused by the store"}"""));
    }

    [Fact]
    public async Task An_entry_waits_for_a_store_that_is_away()
    {
        _store.GoAway("connection");
        await _audit.RecordAsync(Entry("database"), CancellationToken.None);
        await AskedAsync(1);

        // It has been refused by then: asked is before that.
        await UntilTheLoopWaitsAsync();
        _store.ComeBack();
        _clock.Advance(TimeSpan.FromSeconds(5));
        await AskedAsync(1);
        await StopAsync();

        (await _store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items.ShouldHaveSingleItem().Target.ShouldBe("database");
    }

    private static AuditEntry Entry(string target) => new()
    {
        AuditId = Guid.NewGuid(),
        At = DateTimeOffset.UnixEpoch,
        Actor = "local",
        Action = "breaker.reset",
        Target = target,
        DetailsJson = "{}",
    };

    /// <summary>What is being written is written first.</summary>
    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task UntilTheLoopWaitsAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (_clock.TimersSet == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task AskedAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            (await _asked.WaitAsync(Patience, TestContext.Current.CancellationToken)).ShouldBeTrue("the table is asked");
        }
    }

    private sealed class InvalidText : DbException
    {
        public override string SqlState => "22021";
    }
}
