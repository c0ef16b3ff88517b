using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>The writer by itself, with commands that no spool would hand it.</summary>
public sealed class SpoolWriterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_command_is_settled_once_although_settling_its_group_failed_half_way()
    {
        var writer = Open();
        var done = new PassiveCommand();
        writer.Queue.TryEnqueue(done).ShouldBeTrue();
        await writer.Queue.EnqueueAsync(new StubbornCommand(), CancellationToken.None);
        await writer.Queue.EnqueueAsync(new PassiveCommand(), CancellationToken.None);
        writer.Queue.Close();

        writer.Start();
        await writer.Stopped;

        done.Settled.ShouldBe(1);
        writer.Queue.SizeBytes.ShouldBe(0);
    }

    private SpoolWriter Open()
    {
        var paths = new SpoolPaths(_directory.Path);
        var time = new ManualTimeProvider();
        var environment = new SpoolEnvironment(paths, SpoolDurability.Durable, new SpoolOptions(), time, NullLogger.Instance, new SpoolHooks());
        var storage = new DiskStorage(new SpoolRecovery(paths, SpoolDurability.Durable, time, NullLogger.Instance), paths, time);
        return new SpoolWriter(environment, storage, MarkFile.Open(paths.Mark), new SharedReader(paths));
    }

    private class PassiveCommand : SpoolCommand
    {
        public int Settled { get; private set; }

        public override void Apply(GroupCommit commit)
        {
        }

        public override void Succeed() => Settled++;

        public override void Fail(Exception exception) => Settled++;
    }

    /// <summary>Breaks the settling of its group.</summary>
    private sealed class StubbornCommand : PassiveCommand
    {
        public override long SizeBytes => 100;

        public override void Succeed() => throw new InvalidOperationException("A mistake.");
    }
}
