using Holdfast.Access;
using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>/api/keys</c>: who may call. Every change is audited.</summary>
internal sealed class KeysApi(NodeAccess access)
{
    private const int BodyBytesMax = 4 << 10;
    private const double DaysMax = 3_650;

    /// <summary><c>GET /api/keys</c></summary>
    public Task ListAsync(HttpContext context) => WhileThereAsync(context, async () =>
        await Answer.ItemsAsync(context, await access.Desk.ListAsync(context.RequestAborted), AccessJson.Write, json => json.WriteNull("next_cursor"u8)));

    /// <summary><c>POST /api/keys</c></summary>
    public async Task CreateAsync(HttpContext context)
    {
        if (await ReadAsync(context, ReadOrder) is { } asked && !await RefuseLockOutAsync(context, asked.Order))
        {
            await WhileThereAsync(context, () => CreateAsync(context, asked.Order, asked.Act));
        }
    }

    /// <summary><c>POST /api/keys/{id}/revoke</c></summary>
    public async Task RevokeAsync(HttpContext context)
    {
        if (await ReadAsync(context, fields => fields.Act()) is { } act)
        {
            await WhileThereAsync(context, async () =>
            {
                var key = await access.Desk.RevokeAsync((string?)context.Request.RouteValues["id"] ?? "", act, context.RequestAborted);
                await (key is null
                    ? Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such key.", "GET api/keys lists those there are.")
                    : Answer.JsonAsync(context, json => AccessJson.Write(json, key)));
            });
        }
    }

    private async Task CreateAsync(HttpContext context, KeyOrder order, Act act)
    {
        var (result, made) = await access.Desk.CreateAsync(order, act, context.RequestAborted);
        await (made is not null ? Answer.JsonAsync(context, json => AccessJson.Write(json, made), StatusCodes.Status201Created)
            : result == KeyCreation.NameTaken ? Problem.WriteAsync(
                context, StatusCodes.Status409Conflict, "A key has this name.", $"'{order.Name}' is the name of a key that is not revoked. Revoke that one first, or choose another name.")
            : Problem.WriteAsync(
                context, StatusCodes.Status409Conflict, "There are too many keys.", $"At most {KeyDesk.KeysMax} are kept. Revoke some that are not used."));
    }

    /// <summary>With the first key keys are needed: if it could not make others, nobody could.</summary>
    private static async Task<bool> RefuseLockOutAsync(HttpContext context, KeyOrder order)
    {
        if (order.Role == AccessRole.Admin || context.Caller() != Caller.Local)
        {
            return false;
        }

        await Problem.WriteAsync(
            context, StatusCodes.Status409Conflict, "The first key must be an administrator's.", "From the first key on keys are needed, also to make others: make one with the role admin.");
        return true;
    }

    private static Asked ReadOrder(BodyFields fields)
    {
        var name = fields.Text("name") ?? "";
        if (KeyDesk.FaultInName(name) is { } fault)
        {
            fields.Fault("name", fault + ".");
        }

        var role = AccessRoles.Parse(fields.Text("role"));
        if (role is null)
        {
            fields.Fault("role", $"One of {string.Join(", ", AccessRoles.Names)} is wanted.");
        }

        var days = fields.Number("expires_in_days", 0.001, DaysMax);
        return new Asked(new KeyOrder(name, role ?? default, days is { } some ? TimeSpan.FromDays(some) : null), fields.Act());
    }

    private static async Task<T?> ReadAsync<T>(HttpContext context, Func<BodyFields, T> read)
        where T : class
    {
        if (await SmallBody.ReadAsync(context, BodyBytesMax) is not { } body)
        {
            return null;
        }

        var fields = BodyFields.Parse(body, context.Caller().Name);
        var asked = read(fields);
        if (fields.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
            return null;
        }

        return asked;
    }

    /// <summary>Keys are kept beside the breaker, so the fault is told here and not by what stands around the store.</summary>
    private static async Task WhileThereAsync(HttpContext context, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (StoreUnavailableException away) when (!context.Response.HasStarted)
        {
            await Problem.RetryLaterAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "The keys cannot be reached.",
                $"The store did not answer ({away.Reason}). Those that are known stay in effect.",
                TimeSpan.FromSeconds(2));
        }
    }

    private sealed record Asked(KeyOrder Order, Act Act);
}
