using System.Globalization;
using System.Text.Json;

namespace Holdfast.Cli;

/// <summary>Texts of a server in a terminal.</summary>
internal static class Shown
{
    private const int ReasonCharacters = 80;

    /// <summary>An instant in UTC; empty for null.</summary>
    public static string Instant(JsonElement instant) => instant.ValueKind == JsonValueKind.Null ? "" : instant.GetDateTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The beginning of a text; empty for null.</summary>
    public static string Short(string? text) =>
        text is null ? "" : Printable(text.Length <= ReasonCharacters ? text : text[..(ReasonCharacters - 3)] + "...");

    /// <summary>What failed may hold anything, and a terminal obeys control characters.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>Says so when the answer is an old one, because the server's store is away.</summary>
    public static void Age(JsonElement answer)
    {
        if (answer.TryGetProperty("stale", out var stale) && stale.GetBoolean())
        {
            Console.Error.WriteLine($"This is as of {Instant(answer.GetProperty("as_of"))}: the server's store does not answer. 'holdfast status' says more.");
        }
    }

    /// <summary>The answer as it came, or as a person would read it.</summary>
    public static void Answer(Session session, JsonElement answer, Action<Session, JsonElement> forPeople)
    {
        if (session.AsJson)
        {
            Session.WriteJson(answer);
        }
        else
        {
            forPeople(session, answer);
        }
    }
}
