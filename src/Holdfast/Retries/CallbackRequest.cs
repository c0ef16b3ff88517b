using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>What the payload of a callback asks for: <c>{method: "POST", headers: {}, body, success: ["200-299"]}</c>, all of it optional.</summary>
internal sealed record CallbackRequest
{
    private static readonly string[] Methods = ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"];

    // Those that say where a message ends or goes, and those that are ours.
    private static readonly string[] Reserved =
        ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Expect", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Idempotency-Key"];

    public required Uri Url { get; init; }

    public string Method { get; init; } = "POST";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Empty where there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    public StatusRanges Success { get; init; } = StatusRanges.Default;

    /// <summary>Reads what an item asks for.</summary>
    /// <exception cref="FormatException">It cannot be done, ever; the message says why.</exception>
    public static CallbackRequest Read(string target, JsonElement payload)
    {
        if (!Uri.TryCreate(target, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
        {
            throw new FormatException("The target is no http or https URL without a user.");
        }

        if (payload.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("The payload is no object.");
        }

        var request = new CallbackRequest { Url = url };
        return payload.EnumerateObject().Aggregate(request, (read, member) => member.Name switch
        {
            "method" => read with { Method = ReadMethod(member.Value) },
            "headers" => read with { Headers = ReadHeaders(member.Value) },
            "body" => read with { Body = ReadBody(member.Value, payload) },
            "success" => read with { Success = StatusRanges.Read(member.Value) },
            _ => throw new FormatException($"The payload has a member '{member.Name}'; it may have method, headers, body and success."),
        });
    }

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), Url);
        if (Method is not ("GET" or "HEAD"))
        {
            message.Content = new ReadOnlyMemoryContent(Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, value) in Headers)
        {
            Add(message, name, value);
        }

        return message;
    }

    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (!message.Headers.TryAddWithoutValidation(name, value) && message.Content is not null)
        {
            message.Content.Headers.Remove(name);
            message.Content.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static string ReadMethod(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.ToUpperInvariant() is var method && Methods.Contains(method)
            ? method
            : throw new FormatException($"The method is none of {string.Join(", ", Methods)}.");

    private static List<KeyValuePair<string, string>> ReadHeaders(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
            ? [.. value.EnumerateObject().Select(ReadHeader)]
            : throw new FormatException("The headers are no object.");

    private static KeyValuePair<string, string> ReadHeader(JsonProperty header)
    {
        var text = header.Value.ValueKind == JsonValueKind.String ? header.Value.GetString()! : throw new FormatException($"The header '{header.Name}' is no text.");
        if (header.Name.Length == 0 || !header.Name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
        {
            throw new FormatException($"'{header.Name}' is no name of a header.");
        }

        if (Reserved.Contains(header.Name, StringComparer.OrdinalIgnoreCase) || header.Name.StartsWith("Holdfast-", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"The header '{header.Name}' cannot be set.");
        }

        // A line break would begin a header of the sender's choice, or a request.
        return text.All(c => c is >= ' ' and <= '~' or '\t') ? new(header.Name, text) : throw new FormatException($"The header '{header.Name}' has characters other than printable ASCII.");
    }

    /// <summary>JSON is sent as it is. A text is sent as a text where the headers say that the content is not JSON.</summary>
    private static ReadOnlyMemory<byte> ReadBody(JsonElement body, JsonElement payload) =>
        body.ValueKind == JsonValueKind.String && HasOtherContentType(payload)
            ? Encoding.UTF8.GetBytes(body.GetString()!)
            : Encoding.UTF8.GetBytes(body.GetRawText());

    private static bool HasOtherContentType(JsonElement payload) =>
        payload.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object
        && headers.EnumerateObject().Any(header =>
            header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && !$"{header.Value}".Contains("json", StringComparison.OrdinalIgnoreCase));
}
