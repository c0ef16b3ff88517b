using System.Globalization;
using Holdfast.AspNetCore.Security;
using Holdfast.Health;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>/api/health</c>: what the server knows of itself. From memory, whatever the database does; only an operator's own wish runs anything.</summary>
internal sealed class HealthApi(NodeHealth health, TimeProvider time)
{
    /// <summary><c>GET /api/health</c></summary>
    public Task GetAsync(HttpContext context)
    {
        var (whole, options, levels, rules) = (health.Board.Snapshot(), health.Options(), health.Levels.Measure(time.GetUtcNow()), health.Recovery.Statuses());
        return Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            HealthJson.WriteWhole(json, whole);
            HealthJson.WriteList(json, "checks", whole.Checks, (writer, check) => HealthJson.WriteCheck(writer, check, options));
            HealthJson.WriteList(json, "uptime", levels, HealthJson.WriteUptime);
            HealthJson.WriteList(json, "errors", levels, HealthJson.WriteErrors);
            json.WriteStartObject("recovery"u8);
            json.WriteBoolean("enabled"u8, options.RecoveryEnabled);
            json.WriteBoolean("dry_run"u8, options.DryRun);
            json.WriteNumber("per_hour"u8, options.PerHour);
            json.WriteNumber("fired_in_hour"u8, rules.Sum(rule => rule.FiredInHour));
            HealthJson.WriteList(json, "rules", rules, HealthJson.WriteRule);
            json.WriteEndObject();
            json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /api/health/history</c></summary>
    public async Task HistoryAsync(HttpContext context)
    {
        if (await QueryReader.ReadAsync(context, Read) is { } query)
        {
            var page = health.Board.Query(query);
            await Answer.ItemsAsync(context, page.Items, HealthJson.WriteEntry, json => json.WriteString("next_cursor"u8, page.Next?.ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <summary><c>POST /api/health/checks/{name}/run</c></summary>
    public async Task RunCheckAsync(HttpContext context)
    {
        var name = NameOf(context);
        if (health.Board.Find(name) is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such check.", $"Known: {string.Join(", ", health.Board.Plans.Select(plan => plan.Name))}.");
        }
        else if (await health.Scheduler.RunNowAsync(name, context.RequestAborted) is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status409Conflict, "The check is left out.", "HOLDFAST_HEALTH_CHECKS says so.");
        }
        else
        {
            await Answer.JsonAsync(context, json => HealthJson.WriteCheck(json, health.Board.Find(name)!, health.Options()));
        }
    }

    /// <summary><c>POST /api/health/rules/{name}/run</c></summary>
    public async Task RunRuleAsync(HttpContext context)
    {
        if (await FindRuleAsync(context) is not { } rule || await ReadReasonAsync(context) is not { } command)
        {
            return;
        }

        if (await health.Recovery.RunAsync(rule, (context.Caller().Name, command.Reason), context.RequestAborted) is { } report)
        {
            await Answer.JsonAsync(context, json =>
            {
                json.WriteStartObject();
                HealthJson.WriteReport(json, report);
                json.WriteEndObject();
            });
        }
        else
        {
            await RefuseAsync(context, rule);
        }
    }

    private async Task RefuseAsync(HttpContext context, RecoveryRule rule)
    {
        if (!health.Options().RecoveryEnabled)
        {
            await Problem.WriteAsync(context, StatusCodes.Status409Conflict, "Recovery is switched off.", "HOLDFAST_HEALTH_RECOVERY says so.");
            return;
        }

        var until = health.Recovery.Statuses().FirstOrDefault(status => status.Rule.Name == rule.Name)?.RestsUntil ?? time.GetUtcNow();
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling((until - time.GetUtcNow()).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await Problem.WriteAsync(
            context, StatusCodes.Status409Conflict, "The rule rests.", $"It has acted a moment ago, or as often as rules may in an hour: it may again at {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.");
    }

    private async Task<RecoveryRule?> FindRuleAsync(HttpContext context)
    {
        var rules = health.Options().Rules;
        var rule = rules.FirstOrDefault(rule => rule.Name == NameOf(context));
        if (rule is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such rule.", $"Known: {string.Join(", ", rules.Select(known => known.Name))}.");
        }

        return rule;
    }

    private static async Task<BreakerCommand?> ReadReasonAsync(HttpContext context)
    {
        if (await SmallBody.ReadAsync(context, BreakerCommand.BytesMax) is not { } body)
        {
            return null;
        }

        var command = BreakerCommand.Read(body, wantsDuration: false, out var errors);
        if (command is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
        }

        return command;
    }

    private static HealthQuery Read(QueryReader reader) => new()
    {
        Check = reader.Text("check"),
        Kind = reader.Choice("kind", null, HealthEntryKinds.ByName.ToDictionary(one => one.Key, HealthEntryKind? (one) => one.Value, StringComparer.Ordinal)),
        Since = reader.Instant("since"),
        Until = reader.Instant("until"),
        Limit = reader.Int("limit", 100, 1, 500),
        Before = ReadCursor(reader),
    };

    private static long? ReadCursor(QueryReader reader)
    {
        if (reader.Text("cursor") is not { } cursor)
        {
            return null;
        }

        if (long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        reader.Fault("cursor", "Not a cursor of this list. Start again without one.");
        return null;
    }

    private static string NameOf(HttpContext context) => (string?)context.Request.RouteValues["name"] ?? "";
}
