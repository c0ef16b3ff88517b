using System.Text;
using Holdfast.Access;
using Holdfast.AspNetCore.Security;
using Holdfast.BuiltIn.Commands;
using Holdfast.Events;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>POST /api/commands</c>: a command as JSON, or as the line that people write.</summary>
internal sealed class CommandsApi(IEventBus bus, TimeProvider time)
{
    // Each character of a line of the greatest length may take six when it is escaped.
    private const int BodyBytesMax = 16 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext context)
    {
        var askedAt = time.GetUtcNow();
        if (await ReadAsync(context) is not [var command, .. var arguments])
        {
            return;
        }

        try
        {
            var reply = await bus.RequestAsync<CommandReply>(
                CommandsComponent.ComponentName, CommandRequest.RequestType, new CommandRequest(command, arguments, CallerOf(context), askedAt), Patience, cancellationToken: context.RequestAborted);
            await AnswerAsync(context, command, reply);
        }
        catch (NoHandlerException)
        {
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Commands are off.", "The component 'commands' does not run.");
        }
        catch (RequestTimeoutException)
        {
            await Problem.WriteAsync(context, StatusCodes.Status504GatewayTimeout, "The command took too long.", $"It was told to stop after {Patience.TotalSeconds} s.");
        }
    }

    private static CommandCaller CallerOf(HttpContext context) => new(context.Caller().Name, RoleOf(context.Caller().Role), CommandCaller.Api);

    private static CommandRole RoleOf(AccessRole role) => role switch
    {
        AccessRole.Admin => CommandRole.Admin,
        AccessRole.Operator => CommandRole.Operator,
        _ => CommandRole.Reader,
    };

    private static Task AnswerAsync(HttpContext context, string command, CommandReply reply) => reply switch
    {
        CommandReply.Answered answered => Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("command"u8, command);
            json.WriteString("text"u8, answered.Answer.Text);
            json.WriteEndObject();
        }),
        CommandReply.Refused refused => RefuseAsync(context, refused),
        _ => Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "The command failed.", "The log says why."),
    };

    private static Task RefuseAsync(HttpContext context, CommandReply.Refused refused)
    {
        var status = StatusOf(refused.Refusal);
        if (refused.RetryAfter is { } wait)
        {
            return Problem.RetryLaterAsync(context, status, "The command was called a moment ago.", refused.Message, wait);
        }

        return Problem.WriteAsync(
            context, status, "The command is refused.", refused.Message, more: json => json.WriteString("code"u8, CommandNews.NameOf(refused.Refusal)));
    }

    private static int StatusOf(CommandRefusal refusal) => refusal switch
    {
        CommandRefusal.Unknown => StatusCodes.Status404NotFound,
        CommandRefusal.Disabled or CommandRefusal.AdminOnly or CommandRefusal.Rank => StatusCodes.Status403Forbidden,
        CommandRefusal.Cooldown => StatusCodes.Status429TooManyRequests,
        CommandRefusal.Stale => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>The name and the arguments; null when there are none, and that was answered.</summary>
    private static async Task<string[]?> ReadAsync(HttpContext context)
    {
        if (await SmallBody.ReadAsync(context, BodyBytesMax) is not { } body)
        {
            return null;
        }

        return context.Request.ContentType?.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) == true
            ? await ReadLineAsync(context, body)
            : await ReadJsonAsync(context, body);
    }

    private static async Task<string[]?> ReadLineAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var words = CommandLineText.Read(Encoding.UTF8.GetString(body.Span));
        if (words is null)
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status400BadRequest, "That is no command.", $"A line that begins with {CommandLineText.Prefix} and a name is wanted: {CommandLineText.Prefix}uptime");
        }

        return words?.ToArray();
    }

    private static async Task<string[]?> ReadJsonAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var fields = BodyFields.Parse(body, context.Caller().Name);
        var command = fields.Text("command");
        var arguments = fields.Texts("arguments");
        if (string.IsNullOrWhiteSpace(command))
        {
            fields.Fault("command", "Missing: the name of the command.");
        }

        if (fields.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
            return null;
        }

        return [command!, .. arguments];
    }
}
