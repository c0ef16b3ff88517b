using System.Text;
using Holdfast.BuiltIn.Rooms;

namespace Holdfast.Tests.BuiltIn.Rooms;

public sealed class RoomOutboxTests
{
    [Fact]
    public async Task A_message_that_nobody_waits_for_any_more_is_not_sent()
    {
        using var patience = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var outbox = new RoomOutbox(10);
        var given = outbox.SendAsync("given up"u8.ToArray(), patience.Token);
        var waits = outbox.SendAsync("waits"u8.ToArray(), TestContext.Current.CancellationToken);
        var sent = new List<string>();

        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(given);
        var draining = outbox.DrainAsync(
            frame =>
            {
                sent.Add(Encoding.UTF8.GetString(frame));
                return Task.CompletedTask;
            },
            stop.Token);
        await waits;
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(draining);

        sent.ShouldBe(["waits"]);
    }
}
