using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Microsoft.AspNetCore.Http;
using Polly.CircuitBreaker;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>/api/breakers</c>: the circuit breakers, and what an operator can do to them. From memory, whatever the database does.</summary>
internal sealed class BreakersApi(ResiliencePipelines pipelines, AuditTrail audit, TimeProvider time)
{
    private const string NoReason = "by hand over the API";

    /// <summary><c>GET /api/breakers</c></summary>
    public Task ListAsync(HttpContext context) => Answer.JsonAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        foreach (var breaker in pipelines.Snapshot().Breakers)
        {
            ResilienceJson.WriteBreaker(json, breaker);
        }

        json.WriteEndArray();
        json.WriteNull("next_cursor"u8);
        json.WriteEndObject();
    });

    /// <summary><c>GET /api/breakers/{name}</c></summary>
    public async Task GetAsync(HttpContext context)
    {
        if (await FindAsync(context) is { } breaker)
        {
            await AnswerAsync(context, breaker.Snapshot());
        }
    }

    /// <summary><c>POST /api/breakers/{name}/reset</c>: closes it, whatever its state.</summary>
    public Task ResetAsync(HttpContext context) =>
        ActAsync(context, "breaker.reset", wantsDuration: false, (breaker, act, _) => breaker.Reset(act.Actor, act.Reason ?? NoReason));

    /// <summary><c>POST /api/breakers/{name}/isolate</c>: nothing passes until it is reset.</summary>
    public Task IsolateAsync(HttpContext context) =>
        ActAsync(context, "breaker.isolate", wantsDuration: false, (breaker, act, _) => breaker.Isolate(act.Actor, act.Reason ?? NoReason));

    /// <summary><c>POST /api/breakers/{name}/trip</c>: opens it for a while; then it is probed as after any break.</summary>
    public Task TripAsync(HttpContext context) => ActAsync(
        context,
        "breaker.trip",
        wantsDuration: true,
        (breaker, act, command) => breaker.Trip(command.Duration!.Value, act.Actor, act.Reason ?? NoReason));

    private async Task ActAsync(HttpContext context, string action, bool wantsDuration, Action<CircuitBreakerHandle, Act, BreakerCommand> move)
    {
        if (await FindAsync(context) is not { } breaker || await ReadAsync(context, wantsDuration) is not { } command)
        {
            return;
        }

        var act = new Act(context.Caller().Name, command.Reason);
        var before = breaker.State;
        move(breaker, act, command);
        var after = breaker.Snapshot();

        // Not given up when the operator's connection is: it has been done.
        await audit.RecordAsync(Entry(action, act, command.Duration, before, after), CancellationToken.None);
        await AnswerAsync(context, after);
    }

    private async Task<CircuitBreakerHandle?> FindAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["name"] ?? "";
        var breaker = pipelines.GetBreaker(name);
        if (breaker is null)
        {
            var known = string.Join(", ", pipelines.Snapshot().Breakers.Select(known => known.Name));
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such circuit breaker.", $"Known: {known}.");
        }

        return breaker;
    }

    private static async Task<BreakerCommand?> ReadAsync(HttpContext context, bool wantsDuration)
    {
        if (await SmallBody.ReadAsync(context, BreakerCommand.BytesMax) is not { } body)
        {
            return null;
        }

        var command = BreakerCommand.Read(body, wantsDuration, out var errors);
        if (command is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
        }

        return command;
    }

    private AuditEntry Entry(string action, Act act, TimeSpan? duration, CircuitState before, CircuitBreakerSnapshot after) =>
        OperatorAction.Entry(time, action, after.Name, act, json =>
        {
            json.WriteString("before"u8, ResilienceNames.Of(before));
            json.WriteString("after"u8, ResilienceNames.Of(after.State));
            if (duration is { } asked)
            {
                json.WriteNumber("duration_seconds"u8, asked.TotalSeconds);
            }
        });

    private static Task AnswerAsync(HttpContext context, CircuitBreakerSnapshot breaker) =>
        Answer.JsonAsync(context, json => ResilienceJson.WriteBreaker(json, breaker));
}
