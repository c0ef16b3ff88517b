using System.Collections.Concurrent;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public sealed class GroupWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<int[]> _groups = new();
    private readonly ConcurrentQueue<int> _refused = new();
    private readonly SemaphoreSlim _mayWrite = new(0);

    [Fact]
    public async Task The_first_goes_at_once_and_those_that_came_meanwhile_go_together()
    {
        var writer = Writer();
        await AddAsync(writer, 1);
        await WaitForGroupsAsync(1);
        await AddAsync(writer, 2, 3, 4, 5);

        _mayWrite.Release(3);
        await writer.WhenIdleAsync(CancellationToken.None).WaitAsync(Patience);

        _groups.ShouldBe([[1], [2, 3, 4, 5]]);
    }

    [Fact]
    public async Task Who_hands_in_more_than_two_groups_has_to_wait()
    {
        var writer = Writer();
        await AddAsync(writer, [.. Enumerable.Range(1, 8)]);

        var ninth = writer.AddAsync(9, CancellationToken.None).AsTask();
        var waited = !ninth.IsCompleted;
        _mayWrite.Release(10);
        await ninth.WaitAsync(Patience);
        await writer.WhenIdleAsync(CancellationToken.None).WaitAsync(Patience);

        waited.ShouldBeTrue();
        _groups.SelectMany(group => group).ShouldBe(Enumerable.Range(1, 9));
        _groups.ShouldAllBe(group => group.Length <= 4);
    }

    [Fact]
    public async Task What_is_refused_costs_its_neighbours_nothing()
    {
        var writer = Writer(refuses: 3);
        await AddAsync(writer, 1);
        await WaitForGroupsAsync(1);
        await AddAsync(writer, 2, 3, 4);

        _mayWrite.Release(10);
        await writer.WhenIdleAsync(CancellationToken.None).WaitAsync(Patience);

        _refused.ShouldBe([3]);
        _groups.ShouldBe([[1], [2, 3, 4], [2], [3], [4]]);
    }

    public void Dispose() => _mayWrite.Dispose();

    private GroupWriter<int> Writer(int refuses = 0) => new(
        _ => 0.25,
        async group =>
        {
            _groups.Enqueue([.. group]);
            await _mayWrite.WaitAsync();
            if (group.Contains(refuses))
            {
                throw new InvalidDataException();
            }
        },
        (item, _) => _refused.Enqueue(item));

    private static async Task AddAsync(GroupWriter<int> writer, params int[] items)
    {
        foreach (var item in items)
        {
            await writer.AddAsync(item, CancellationToken.None);
        }
    }

    private Task WaitForGroupsAsync(int count) => Support.RetryRig.UntilAsync(() => _groups.Count >= count, $"{count} groups are written");
}
