using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Sources;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sources;

public class SourcesWorkerTests
{
    private static readonly Instrument Depth = new("queue.depth", "{item}", SeriesKind.Gauge);

    private readonly IntakeRig _rig = new();
    private readonly LifecycleState _lifecycle = new();
    private readonly ScriptedSource _source = new();
    private readonly RecordingLogger<SourceReader> _readerLog = new();
    private readonly RecordingLogger<SourceRecorder> _recorderLog = new();
    private readonly SourceRecorder _recorder;
    private SourcesOptions _options = new();

    public SourcesWorkerTests()
    {
        var reader = new SourceReader([_source, new AbsentSource()], new SeriesRegistry(() => new SeriesOptions(), _rig.Clock), _readerLog);
        _recorder = new SourceRecorder(reader, _rig.Samples, _recorderLog);
    }

    [Fact]
    public async Task Each_tick_records_what_the_sources_say_with_the_time_of_the_tick()
    {
        _lifecycle.MarkStarted();
        using var stop = new CancellationTokenSource();
        var running = Run(stop.Token);

        await TickAsync(TimeSpan.FromSeconds(1));
        await TickAsync(TimeSpan.FromSeconds(1));
        await EndAsync(running, stop);

        var samples = _rig.Spool.Entries.SelectMany(entry => SampleCodec.Read(entry.Payload)).ToList();
        samples.Select(sample => sample.Value).ShouldBe([1, 2]);
        samples.Select(sample => sample.TimestampMilliseconds).ShouldBe([1_767_225_601_000, 1_767_225_602_000]);
    }

    [Fact]
    public async Task A_changed_interval_holds_from_the_next_tick_on()
    {
        _lifecycle.MarkStarted();
        using var stop = new CancellationTokenSource();
        var running = Run(stop.Token);
        _options = new SourcesOptions { Interval = TimeSpan.FromSeconds(10) };
        await TickAsync(TimeSpan.FromSeconds(1));

        _rig.Clock.Advance(TimeSpan.FromSeconds(9));
        var readsBefore = _source.Reads;
        await TickAsync(TimeSpan.FromSeconds(1));
        await EndAsync(running, stop);

        readsBefore.ShouldBe(1);
        _source.Reads.ShouldBe(2);
    }

    [Fact]
    public async Task While_the_process_takes_no_work_it_is_quiet()
    {
        using var stop = new CancellationTokenSource();
        var running = Run(stop.Token);

        _rig.Clock.Advance(TimeSpan.FromSeconds(3));
        _lifecycle.MarkDraining();
        _lifecycle.MarkStarted();
        _rig.Clock.Advance(TimeSpan.FromSeconds(3));
        await EndAsync(running, stop);

        _source.Reads.ShouldBe(0);
    }

    [Fact]
    public async Task A_full_spool_skips_ticks_and_says_so_once_each_way()
    {
        _rig.Spool.Fault = new SpoolFullException("no room", TimeSpan.FromSeconds(5));
        await RecordAsync();
        await RecordAsync();
        _rig.Spool.Fault = null;
        await RecordAsync();

        _recorder.SkippedTicks.ShouldBe(2);
        _recorderLog.All.Count().ShouldBe(2);
        _recorderLog.All.Last().ShouldContain("2 ticks");
        _rig.Spool.Entries.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_source_that_fails_costs_only_its_own_values_and_is_reported_once()
    {
        _source.Fault = new IOException("gone");
        await RecordAsync();
        await RecordAsync();
        _source.Fault = null;
        await RecordAsync();

        _readerLog.All.Count(line => line.Contains("failed", StringComparison.Ordinal)).ShouldBe(1);
        _readerLog.All.Count(line => line.EndsWith("works again.", StringComparison.Ordinal)).ShouldBe(1);
        _rig.Spool.Entries.ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_source_that_is_unavailable_is_reported_once_and_never_asked()
    {
        await RecordAsync();
        await RecordAsync();

        _readerLog.All.ShouldHaveSingleItem().ShouldContain("not on this system");
    }

    private static async Task EndAsync(Task running, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    private Task Run(CancellationToken cancellationToken) =>
        new SourcesWorker(_recorder, _lifecycle, () => _options, _rig.Clock).RunAsync(cancellationToken);

    /// <summary>Moves the clock and waits until the worker is done with the tick: it has left what it entered.</summary>
    private async Task TickAsync(TimeSpan by)
    {
        var read = _source.WhenRead();
        _rig.Clock.Advance(by);
        await read.WaitAsync(TestContext.Current.CancellationToken);
        await _lifecycle.WhenIdleAsync(TestContext.Current.CancellationToken);
    }

    private ValueTask RecordAsync() => _recorder.RecordAsync(_rig.Clock.GetUtcNow(), TestContext.Current.CancellationToken);

    private sealed class ScriptedSource : ISource
    {
        private TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Reads { get; private set; }

        public Exception? Fault { get; set; }

        public string Name => "scripted";

        public string? Unavailable => null;

        public void Read(ICollection<Reading> readings)
        {
            readings.Add(Depth, ++Reads);
            _read.TrySetResult();
            if (Fault is { } fault)
            {
                throw fault;
            }
        }

        public Task WhenRead()
        {
            _read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _read.Task;
        }
    }

    private sealed class AbsentSource : ISource
    {
        public string Name => "absent";

        public string Unavailable => "not on this system";

        public void Read(ICollection<Reading> readings) => throw new InvalidOperationException("It was asked although it is unavailable.");
    }
}
