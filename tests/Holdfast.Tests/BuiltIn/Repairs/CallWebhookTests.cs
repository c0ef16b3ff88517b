using System.Text.Json;
using Holdfast.BuiltIn.Repairs;
using Holdfast.Health;
using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn.Repairs;

public sealed class CallWebhookTests
{
    private const string Url = "https://chat.example/hooks/secret";

    private static readonly RecoveryCall Call = new("page", "*", "fail", null);

    private readonly ManualTimeProvider _clock = new(Some.Instant);

    [Fact]
    public async Task One_that_is_silent_is_called_again_by_the_queue_which_does_not_say_where_it_is()
    {
        var called = new TaskCompletionSource();
        await using var rig = new RetryRig();
        var silent = new TrialHandler(async (_, token) =>
        {
            called.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return RetryOutcome.Done;
        });

        var calling = new CallWebhook(() => Url, silent, rig.Engine.Queue, "node", _clock).ExecuteAsync(Call, CancellationToken.None).AsTask();
        await called.Task;
        _clock.Advance(TimeSpan.FromSeconds(10));

        (await calling).Detail.ShouldContain("did not answer");
        var item = (await rig.Store.ListAsync(new RetryQuery(), CancellationToken.None)).Items.ShouldHaveSingleItem();
        (item.What.OperationType, item.What.Target).ShouldBe((HealthWebhookHandler.Type, "HOLDFAST_HEALTH_WEBHOOK"));
    }

    [Fact]
    public async Task The_queue_calls_it_where_its_setting_says_by_then()
    {
        var callbacks = new TrialHandler();
        string? url = Url;
        var handler = new HealthWebhookHandler(callbacks, () => url);
        var context = new RetryContext
        {
            Id = Guid.NewGuid(),
            OperationType = HealthWebhookHandler.Type,
            Target = "HOLDFAST_HEALTH_WEBHOOK",
            Payload = JsonElement.Parse("{}"),
            Attempt = 1,
            MaxRetries = 3,
            Token = 1,
        };

        (await handler.HandleAsync(context, CancellationToken.None)).ShouldBe(RetryOutcome.Done);
        url = null;

        (await handler.HandleAsync(context, CancellationToken.None)).ShouldBeOfType<RetryOutcome.FailOutcome>();
        callbacks.Calls.ShouldHaveSingleItem().Target.ShouldBe(Url);
        ((IRetryHandler)handler).AllowExternal.ShouldBeFalse();
    }
}
