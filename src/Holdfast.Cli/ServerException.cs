using System.Net;
using System.Text.Json;

namespace Holdfast.Cli;

/// <summary>The server did not do it. <see cref="Problem"/> is its answer, where there was one.</summary>
internal sealed class ServerException(string message, HttpStatusCode? status, JsonElement? problem, Exception? inner = null) : Exception(message, inner)
{
    public JsonElement? Problem { get; } = problem is { ValueKind: JsonValueKind.Object } ? problem : null;

    public HttpStatusCode? Status { get; } = status;

    public int ExitCode { get; } = status is null or HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        ? Cli.ExitCode.Unavailable
        : Cli.ExitCode.Refused;

    /// <summary>Nobody answers.</summary>
    public static ServerException Unreachable(Uri url, Exception why) => new(
        $"Nothing answers at {url}: {Innermost(why).Message}\nIs the server running? Name another address with --url or HOLDFAST_URL.", status: null, problem: null, why);

    /// <summary>Somebody takes the connection and says nothing.</summary>
    public static ServerException Silent(Uri url, TimeSpan within, Exception why) => new(
        $"No answer from {url} within {within.TotalSeconds} s. What was asked may have been done: look before you repeat it.\n"
        + "Is that a Holdfast server, and does its log say what it is at? --timeout waits longer.", status: null, problem: null, why);

    /// <summary>The server's problem details in sentences: what is wrong, every fault, and what to do next.</summary>
    public static ServerException Of(HttpStatusCode status, JsonElement problem)
    {
        var lines = new List<string> { Text(problem, "title") ?? $"The server answered {(int)status}." };
        if (Text(problem, "detail") is { } detail)
        {
            lines.Add(detail);
        }

        if (problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("errors", out var errors))
        {
            lines.AddRange(errors.EnumerateArray().Select(error => $"  {Text(error, "field")}: {Text(error, "message")}"));
        }

        if (status == HttpStatusCode.Unauthorized)
        {
            lines.Add($"The key is taken from {Surroundings.KeyVariable}, or from --key-file.");
        }

        return new ServerException(string.Join('\n', lines), status, problem);
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Exception Innermost(Exception fault) => fault.InnerException is { } inner ? Innermost(inner) : fault;
}
