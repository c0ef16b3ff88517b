using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags.Rules;
using Holdfast.Pipeline;
using Holdfast.Rollout;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Flags;

/// <summary><c>/api/flags</c>, what is done. Stored for all nodes, audited, and in effect here before the answer.</summary>
internal sealed class FlagCommands(FlagDesk desk, FlagJson json)
{
    private const int SmallBytesMax = 16 << 10;

    // Room for blanks and the reason.
    private const int DocumentBytesMax = FlagLimits.DocumentBytesMax * 2;

    /// <summary><c>PUT /api/flags/{name}</c></summary>
    public Task PutAsync(HttpContext context) => ActAsync(context, DocumentBytesMax, (name, body, faults) =>
    {
        var seen = ReadIfMatch(context, faults);
        var rule = body.Find("rule") is { } ruleJson ? FlagRuleReader.Read(ruleJson, json.DefinitionOf(name), faults) : null;
        var value = body.Find("value");
        var act = ReadAct(context, body);
        body.RefuseUnknown();
        if (rule is null == value is null)
        {
            faults.Add(new FlagFault("value", "Either a value or a rule is wanted."));
        }

        return token => desk.PutAsync(name, rule is null ? desk.DocumentOf(name, value!.Value) : new FlagDocument(null, rule), seen, act, token);
    });

    /// <summary><c>DELETE /api/flags/{name}</c></summary>
    public async Task ResetAsync(HttpContext context)
    {
        var faults = new List<FlagFault>();
        var seen = ReadIfMatch(context, faults);
        var reader = new QueryReader(context.Request.Query);
        var act = new Act(context.Caller().Name, reader.Text("reason"));
        var errors = reader.Errors.Concat(faults.Select(ToError)).ToList();
        if (errors.Count > 0)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The request has faults.", errors: errors);
            return;
        }

        await AnswerAsync(context, token => desk.ResetAsync(FlagsApi.NameOf(context), seen, act, token));
    }

    /// <summary><c>POST /api/flags/{name}/kill</c></summary>
    public Task KillAsync(HttpContext context) => SimplyAsync(context, (name, act, token) => desk.KillAsync(name, killed: true, act, token));

    /// <summary><c>POST /api/flags/{name}/revive</c></summary>
    public Task ReviveAsync(HttpContext context) => SimplyAsync(context, (name, act, token) => desk.KillAsync(name, killed: false, act, token));

    /// <summary><c>POST /api/flags/{name}/rollout</c></summary>
    public Task BeginRolloutAsync(HttpContext context) => ActAsync(context, SmallBytesMax, (name, body, faults) =>
    {
        var act = ReadAct(context, body);
        var order = RolloutJson.ReadOrder(body.Json, "", faults);
        return token => desk.BeginRolloutAsync(name, order, act, token);
    });

    /// <summary><c>POST /api/flags/{name}/rollout/pause</c></summary>
    public Task PauseRolloutAsync(HttpContext context) => SimplyAsync(context, (name, act, token) => desk.SteerRolloutAsync(name, RolloutStatus.Paused, act, token));

    /// <summary><c>POST /api/flags/{name}/rollout/resume</c></summary>
    public Task ResumeRolloutAsync(HttpContext context) => SimplyAsync(context, (name, act, token) => desk.SteerRolloutAsync(name, RolloutStatus.Running, act, token));

    /// <summary><c>POST /api/flags/{name}/rollout/rollback</c></summary>
    public Task RollBackAsync(HttpContext context) => SimplyAsync(context, (name, act, token) => desk.SteerRolloutAsync(name, RolloutStatus.RolledBack, act, token));

    /// <summary>What needs a reason at most.</summary>
    private Task SimplyAsync(HttpContext context, Func<string, Act, CancellationToken, ValueTask<FlagOutcome>> work) => ActAsync(context, SmallBytesMax, (name, body, _) =>
    {
        var act = ReadAct(context, body);
        body.RefuseUnknown();
        return token => work(name, act, token);
    });

    private async Task ActAsync(
        HttpContext context, int bytesMax, Func<string, FlagFields, List<FlagFault>, Func<CancellationToken, ValueTask<FlagOutcome>>> read)
    {
        if (await SmallBody.ReadAsync(context, bytesMax) is not { } body)
        {
            return;
        }

        var faults = new List<FlagFault>();
        var work = read(FlagsApi.NameOf(context), new FlagFields(Parse(body, faults), "", faults), faults);
        if (faults.Count > 0)
        {
            await RefuseAsync(context, faults);
            return;
        }

        await AnswerAsync(context, work);
    }

    private async Task AnswerAsync(HttpContext context, Func<CancellationToken, ValueTask<FlagOutcome>> work)
    {
        var name = FlagsApi.NameOf(context);
        if (json.DefinitionOf(name)?.Guards == true && !context.May(Permission.Guards))
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status403Forbidden, "That is not allowed to you.",
                $"{name} guards the server and its record. These may change it: {Permissions.RolesOf(Permission.Guards)}.");
            return;
        }

        FlagOutcome outcome;
        try
        {
            outcome = await work(context.RequestAborted);
        }
        catch (StoreUnavailableException unavailable)
        {
            await RefuseAsync(context, unavailable);
            return;
        }

        await (outcome.Kind switch
        {
            FlagOutcomeKind.Done => ShowAsync(context),
            FlagOutcomeKind.Faulty => RefuseAsync(context, outcome.Faults),
            FlagOutcomeKind.Unknown => Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such flag.", outcome.Message),
            FlagOutcomeKind.Overtaken => Problem.WriteAsync(context, StatusCodes.Status412PreconditionFailed, "Somebody else was faster.", outcome.Message),
            FlagOutcomeKind.Shadowed => Problem.WriteAsync(
                context, StatusCodes.Status409Conflict, "It would have no effect.", $"{outcome.Message}.", more: more => more.WriteString("origin"u8, FlagJson.NameOf(outcome.ShadowedBy!.Value))),
            _ => Problem.WriteAsync(context, StatusCodes.Status409Conflict, "It cannot be done.", outcome.Message),
        });
    }

    private async Task ShowAsync(HttpContext context)
    {
        var name = FlagsApi.NameOf(context);
        EntityVersion.WriteTag(context.Response, json.VersionOf(name));
        if (json.Knows(name))
        {
            await Answer.JsonAsync(context, writer => json.Write(writer, name));
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> body, List<FlagFault> faults)
    {
        if (body.IsEmpty)
        {
            return JsonSerializer.SerializeToElement(new Dictionary<string, string>());
        }

        try
        {
            if (JsonTexts.AreReadable(body.Span, FlagLimits.JsonDepthMax))
            {
                using var document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = FlagLimits.JsonDepthMax });
                return document.RootElement.Clone();
            }
        }
        catch (JsonException)
        {
            // Told below, in the words of everything else that is no object.
        }

        faults.Add(new FlagFault("body", $"A JSON object is wanted, in which no member comes twice and nothing is deeper than {FlagLimits.JsonDepthMax}."));
        return default;
    }

    private static Act ReadAct(HttpContext context, FlagFields body) => new(context.Caller().Name, body.Text("reason", BodyFields.ReasonMax) is { } reason && !string.IsNullOrWhiteSpace(reason) ? reason : null);

    private static IReadOnlyList<int>? ReadIfMatch(HttpContext context, List<FlagFault> faults)
    {
        if (!EntityVersion.TryReadIfMatch(context.Request, out var versions))
        {
            faults.Add(new FlagFault("If-Match", "An entity tag as the ETag header has it is wanted, in its quotes: \"1\"."));
        }

        return versions;
    }

    private static Task RefuseAsync(HttpContext context, IReadOnlyList<FlagFault> faults) =>
        Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "It has faults; nothing was changed.", errors: [.. faults.Select(ToError)]);

    // The general answer speaks of data that waits in the spool; this does not.
    private static Task RefuseAsync(HttpContext context, StoreUnavailableException fault) => Problem.RetryLaterAsync(
        context,
        StatusCodes.Status503ServiceUnavailable,
        "The store is unavailable.",
        $"The store did not answer ({fault.Reason}), and flags that hold for all nodes are kept there. What cannot wait goes into flags.override.json in the data directory of each node: {{\"{FlagsApi.NameOf(context)}\": false}}.",
        fault.RetryAfter ?? TimeSpan.FromSeconds(2));

    private static EventError ToError(FlagFault fault) => new("flag", fault.Field, fault.Message);
}
