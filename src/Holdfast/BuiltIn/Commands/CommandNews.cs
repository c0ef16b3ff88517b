using System.Buffers;
using System.Text.Json;
using Holdfast.Events;

namespace Holdfast.BuiltIn.Commands;

/// <summary>
/// Tells on the bus what went wrong with commands. All of it is marked no-retry: a caller who was refused or has left is not helped by a
/// repetition, and a command that failed half-way must be repeated by somebody who knows what it does.
/// </summary>
internal sealed class CommandNews(IEventBus bus)
{
    /// <summary>A user's own fault, under the name that it has on the bus.</summary>
    public const string UserErrorType = "eventfilter.command.error";

    /// <summary>A command from a room did not get to those who execute it.</summary>
    public const string RoutingFailedType = "eventfilter.command.failed";

    /// <summary>An answer for one user alone did not get there.</summary>
    public const string PrivateFailedType = "eventfilter.pm.failed";

    public const string Registration = "command_registration";
    public const string Execution = "command_execution";
    public const string Delivery = "response_delivery";
    public const string PrivateDelivery = "pm_delivery";
    public const string Routing = "command_routing";
    public const string PrivateAnswer = "pm_response";

    private const int NameCharsMax = 64;

    public void Failed(string command, string operationType, string error, CommandCaller? caller = null, Guid? correlation = null) =>
        Tell($"command.{Cut(command)}.failed", command, operationType, error, caller, correlation);

    public void NotRouted(CommandRequest request, string error) =>
        Tell(RoutingFailedType, request.Command, Routing, error, request.Caller, correlation: null);

    /// <summary>The answer could not be said in the room. The command has been executed, or refused.</summary>
    /// <param name="command">A registered one.</param>
    public void NotAnswered(string command, CommandCaller caller, bool isPrivate, string error)
    {
        Failed(command, isPrivate ? PrivateDelivery : Delivery, error, caller);
        if (isPrivate)
        {
            Tell(PrivateFailedType, command, PrivateAnswer, error, caller, correlation: null);
        }
    }

    public void Refused(CommandRequest request, CommandReply.Refused refused, Guid? correlation) =>
        Tell(UserErrorType, request.Command, NameOf(refused.Refusal), refused.Message, request.Caller, correlation);

    /// <summary>The name of a refusal, on the bus and on the wire.</summary>
    public static string NameOf(CommandRefusal refusal) => refusal switch
    {
        CommandRefusal.Unknown => "unknown_command",
        CommandRefusal.Disabled => "disabled_command",
        CommandRefusal.AdminOnly => "admin_only",
        CommandRefusal.Rank => "insufficient_rank",
        CommandRefusal.Cooldown => "cooldown",
        CommandRefusal.TooLong => "too_long",
        CommandRefusal.Stale => "stale",
        CommandRefusal.Usage => "usage",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "Not a refusal."),
    };

    private void Tell(string type, string command, string operationType, string error, CommandCaller? caller, Guid? correlation)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("operation_type"u8, operationType);
            json.WriteString("command"u8, Cut(command));
            json.WriteString("caller"u8, caller?.Name);
            json.WriteString("via"u8, caller?.Via);
            json.WriteString("error"u8, error);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(bytes.WrittenMemory);
        bus.Publish(type, document.RootElement.Clone(), new EventMetadata { CorrelationId = correlation, NoRetry = true });
    }

    // What is unknown is as long as its caller likes.
    private static string Cut(string command) => command.Length <= NameCharsMax ? command : command[..NameCharsMax];
}
