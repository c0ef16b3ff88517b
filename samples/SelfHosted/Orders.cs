using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Pipeline;
using Holdfast.Retries;

namespace SelfHosted;

internal sealed record Order(int Number, string Mail);

/// <summary>An order is on disk when the customer is told so, and its receipt is sent in the end, whatever becomes of this process.</summary>
internal static class Orders
{
    public static async Task<IResult> PlaceAsync(Order order, IEventIntake intake, IRetryQueue retries, CancellationToken cancellationToken)
    {
        await intake.RecordAsync(
            new MonitoringEvent { EventType = "order.placed", Source = "shop", Data = new JsonObject { ["order"] = order.Number } }, cancellationToken);
        var receipt = await retries.EnqueueAsync(
            new RetryDraft
            {
                OperationType = SendReceipt.Type,
                Target = order.Mail,
                Payload = JsonSerializer.SerializeToElement(new { order = order.Number }),
                CorrelationId = $"receipt-{order.Number}", // a second click makes no second receipt
            },
            cancellationToken);
        return Results.Accepted(value: new { order = order.Number, receipt = receipt.Id });
    }
}

/// <summary>Sends a receipt; fails the first time, as mail servers do.</summary>
internal sealed class SendReceipt(IEventIntake intake) : IRetryHandler
{
    public const string Type = "send_receipt";

    public string OperationType => Type;

    public bool AllowExternal => false;

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        if (context.Attempt == 1)
        {
            return RetryOutcome.Retry("the mail server is busy", delay: TimeSpan.FromMilliseconds(100));
        }

        await intake.RecordAsync(
            new MonitoringEvent { EventType = "receipt.sent", Source = "shop", Data = new JsonObject { ["to"] = context.Target, ["attempt"] = context.Attempt } }, cancellationToken);
        return RetryOutcome.Done;
    }
}
