using System.Net.WebSockets;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>What is said of a loss: in a line, and without anything that the settings keep secret, whoever repeats it. Pure.</summary>
internal static class RoomFaults
{
    private const int CharsMax = 300;
    private const string Hidden = "***";

    // Shorter ones are words such as a type, and hiding these would hide what went wrong.
    private const int SecretCharsMin = 6;

    public static string TextOf(Exception fault, RoomOptions room)
    {
        var text = string.Concat(Sentence(fault).Select(c => char.IsControl(c) ? ' ' : c));
        foreach (var secret in SecretsOf(room))
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return text.Length <= CharsMax ? text : string.Concat(text.AsSpan(0, CharsMax - 1), "…");
    }

    private static string Sentence(Exception fault) => fault switch
    {
        RoomLostException => fault.Message,
        WebSocketException { InnerException: { } inner } => $"{fault.Message} {inner.GetBaseException().Message}",
        WebSocketException => fault.Message,
        _ => $"{fault.GetType().Name}: {fault.Message}",
    };

    // The longest first: one may be a part of another.
    private static IEnumerable<string> SecretsOf(RoomOptions room) =>
        room.Headers.Values.Concat(room.Headers.Values.SelectMany(value => value.Split(' ')))
            .Concat(room.Url.Query.Split('?', '&', '=').Select(Uri.UnescapeDataString))
            .Concat(room.LoginTexts)
            .Where(secret => secret.Length >= SecretCharsMin)
            .OrderByDescending(secret => secret.Length);
}
