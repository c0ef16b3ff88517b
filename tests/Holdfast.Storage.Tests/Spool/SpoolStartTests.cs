using System.Diagnostics;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>The two reasons not to start, and the sentence that says what to do.</summary>
public sealed class SpoolStartTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_second_spool_on_the_directory_fails_and_names_who_has_it()
    {
        await _harness.OpenAsync();

        var refusal = await Should.ThrowAsync<SpoolStartException>(() => _harness.OpenAsync());

        refusal.Message.ShouldBe(
            $"The data directory '{_harness.Directory}' is in use by process {Environment.ProcessId}: stop it, or give this one a directory of its own (HOLDFAST_DATA).");
    }

    [Fact]
    public async Task The_lock_keeps_out_another_process_and_goes_with_the_spool()
    {
        var spool = await _harness.OpenAsync();

        (await TryLockInAnotherProcessAsync()).ShouldBeFalse();
        await spool.DisposeAsync();

        (await TryLockInAnotherProcessAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_lock_held_by_another_process_keeps_us_out_until_that_process_is_gone()
    {
        // One process and not two: the lock is free when the last that has it is gone, and only the first is waited for below.
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--no-fork", LockPath, "sh", "-c", "echo $$; exec sleep 60"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        await holder.StandardOutput.ReadLineAsync();
        await Should.ThrowAsync<SpoolStartException>(() => _harness.OpenAsync());

        holder.Kill();
        await holder.WaitForExitAsync();

        var spool = await _harness.OpenAsync();
        (await spool.AppendAsync(EventEntry())).Positions.ShouldBe([new(1, 1)]);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_named_with_what_to_do()
    {
        var file = Path.Combine(_harness.Directory, "file");
        await File.WriteAllTextAsync(file, "");

        var refusal = await Should.ThrowAsync<SpoolStartException>(() => _harness.OpenAsync(directory: Path.Combine(file, "data")));

        refusal.Message.ShouldStartWith($"The data directory '{Path.Combine(file, "data")}' cannot be written (");
        refusal.Message.ShouldEndWith("make it writable for this user, or name another one (HOLDFAST_DATA).");
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_named_and_the_lock_is_let_go()
    {
        Directory.CreateDirectory(Path.Combine(_harness.Directory, "spool.mark"));

        var refusal = await Should.ThrowAsync<SpoolStartException>(() => _harness.OpenAsync());
        Directory.Delete(Path.Combine(_harness.Directory, "spool.mark"));

        refusal.Message.ShouldStartWith($"The spool in '{_harness.Directory}' cannot be opened (");
        await _harness.OpenAsync();
    }

    private string LockPath => Path.Combine(_harness.Directory, "spool.lock");

    private async Task<bool> TryLockInAnotherProcessAsync()
    {
        using var process = Process.Start("flock", ["--nonblock", LockPath, "true"]);
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
