using Holdfast.AspNetCore.Security;
using Holdfast.BuiltIn.EventFilter;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>/api/event-rules</c>: where events of the bus go beside their subscribers.</summary>
internal sealed class EventRulesApi(EventRuleDesk desk)
{
    /// <summary><c>GET /api/event-rules</c></summary>
    public async Task GetAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context, await desk.ReadAsync(context.RequestAborted));
        }
        catch (EventRulesException)
        {
            await RefuseAsync(context, "The event rules cannot be read.", "The list of components says why. Putting other rules in their place heals it.");
        }
    }

    /// <summary><c>PUT /api/event-rules</c></summary>
    public async Task PutAsync(HttpContext context)
    {
        if (await SmallBody.ReadAsync(context, EventRulesJson.BytesMax) is not { } body)
        {
            return;
        }

        var (rules, faults) = EventRulesJson.Read(body);
        if (faults.Count > 0)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The rules have faults; nothing was changed.", errors: faults);
            return;
        }

        try
        {
            await desk.ReplaceAsync(rules, new Act(context.Caller().Name), context.RequestAborted);
            await AnswerAsync(context, rules);
        }
        catch (EventRulesException)
        {
            await RefuseAsync(context, "The event rules cannot be kept.", "The file in the data directory cannot be written; nothing was changed.");
        }
    }

    private static Task AnswerAsync(HttpContext context, IReadOnlyList<EventRule> rules) => Answer.JsonAsync(context, json => EventRulesJson.Write(json, rules));

    private static Task RefuseAsync(HttpContext context, string title, string detail) =>
        Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, title, detail);
}
