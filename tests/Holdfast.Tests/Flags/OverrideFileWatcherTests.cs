using Holdfast.Flags;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Flags;

public sealed class OverrideFileWatcherTests : IDisposable
{
    private readonly FlagHarness _harness = new();
    private readonly RecordingLogger<OverrideFileWatcher> _log = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void A_new_file_takes_effect_and_a_deleted_one_is_withdrawn()
    {
        var (flags, watcher) = Start();

        _harness.WriteOverride("""{"MONITORING_BATCH_SIZE": 7}""");
        watcher.Look(poll: false);
        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(7);

        File.Delete(_harness.OverridePath);
        watcher.Look(poll: false);
        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(100);
    }

    [Fact]
    public void A_half_written_file_changes_nothing_and_is_no_reason_to_warn()
    {
        _harness.WriteOverride("""{"MONITORING_BATCH_SIZE": 7}""");
        var (flags, watcher) = Start();

        _harness.WriteOverride("");
        watcher.Look(poll: false);
        _harness.WriteOverride("""{"MONITORING_BA""");
        watcher.Look(poll: false);
        watcher.Look(poll: true);
        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(7);

        _harness.WriteOverride("""{"MONITORING_BATCH_SIZE": 8}""");
        watcher.Look(poll: true);
        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(8);
        _log.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_stays_broken_is_warned_of_once()
    {
        var (_, watcher) = Start();
        _harness.WriteOverride("{");

        for (var look = 0; look < 5; look++)
        {
            watcher.Look(poll: true);
        }

        _log.Warnings.ShouldHaveSingleItem().ShouldContain("flags.override.json");
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_warned_of_once()
    {
        var (_, watcher) = Start();
        _harness.WriteOverride(new string(' ', JsonFile.SizeBytesMax + 1));

        watcher.Look(poll: true);
        watcher.Look(poll: true);

        _log.Warnings.ShouldHaveSingleItem().ShouldContain("larger than");
    }

    [Fact]
    public async Task The_poll_finds_what_no_notice_told()
    {
        // The directory is not there when the loop begins, so the file system gives no notice.
        _harness.Environment[FlagNames.Data] = Path.Combine(Path.GetDirectoryName(_harness.OverridePath)!, "later");
        var (flags, watcher) = Start();
        using var stop = new CancellationTokenSource();
        var loop = watcher.RunAsync(stop.Token);
        var changed = Changed(flags);

        Directory.CreateDirectory(_harness.Environment[FlagNames.Data]);
        await File.WriteAllTextAsync(flags.OverridePath, """{"MONITORING_BATCH_SIZE": 7}""");
        _time.Advance(OverrideFileWatcher.PollPeriod);

        (await changed).NewValue.ShouldBe(7L);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(loop);
    }

    [Fact]
    public async Task The_notice_of_the_file_system_needs_no_poll()
    {
        var (flags, watcher) = Start();
        using var stop = new CancellationTokenSource();
        var loop = watcher.RunAsync(stop.Token);
        var changed = Changed(flags);

        // The manual clock stands still: only a notice can tell. Editors replace a file; one that is written in place waits for the poll.
        _harness.ReplaceOverride("""{"MONITORING_BATCH_SIZE": 7}""");

        (await changed).NewValue.ShouldBe(7L);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(loop);
    }

    private static Task<FlagChange> Changed(FlagManager flags)
    {
        var changed = new TaskCompletionSource<FlagChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        flags.OnChange(change => changed.TrySetResult(change));
        return changed.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private (FlagManager Flags, OverrideFileWatcher Watcher) Start()
    {
        var flags = _harness.Load();
        return (flags, new OverrideFileWatcher(flags, _time, _log));
    }
}
