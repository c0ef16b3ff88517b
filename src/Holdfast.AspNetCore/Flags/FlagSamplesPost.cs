using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Rollout;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Flags;

/// <summary><c>POST /api/flags/{name}/samples</c>: what clients measured of a variant, which the guards of a rollout judge.</summary>
internal sealed class FlagSamplesPost(FlagManager flags, NodeFlags runtime)
{
    private const int BytesMax = 64 << 10;
    private const int LatenciesMax = 1_000;
    private const int RequestsMax = 1_000_000;

    public async Task PostAsync(HttpContext context)
    {
        var name = FlagsApi.NameOf(context);
        if (flags.GetRule(name) is not { } rule)
        {
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such flag.", "Samples are of the variants of a flag with a rule.");
            return;
        }

        if (await SmallBody.ReadAsync(context, BytesMax) is not { } body)
        {
            return;
        }

        var fields = BodyFields.Parse(body, context.Caller().Name);
        var sample = Read(fields, name, rule);
        if (fields.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
            return;
        }

        // Nobody asks for them without a rollout.
        var kept = runtime.Keeper.Find(name)?.Document.Rollout is { IsOver: false };
        if (kept)
        {
            runtime.Samples.Add(sample);
        }

        await Answer.JsonAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("kept"u8, kept);
                json.WriteEndObject();
            },
            StatusCodes.Status202Accepted);
    }

    private static FlagSample Read(BodyFields fields, string name, FlagRule rule)
    {
        var variant = fields.Text("variant") ?? "";
        if (rule.Variants.All(one => one.Name != variant))
        {
            fields.Fault("variant", $"One of {string.Join(", ", rule.Variants.Select(one => one.Name))} is wanted.");
        }

        var latencies = fields.Numbers("latencies_ms", LatenciesMax, 0, 3_600_000);
        var requests = fields.Int("requests", 0, RequestsMax) ?? latencies.Count;
        var errors = fields.Int("errors", 0, RequestsMax) ?? 0;
        if (errors > requests)
        {
            fields.Fault("errors", "There are not more errors than requests.");
        }

        return new FlagSample(name, variant, requests, errors, LatencyHistogram.Of(latencies));
    }
}
