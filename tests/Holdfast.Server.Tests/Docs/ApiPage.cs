using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast.Server.Tests.Docs;

/// <summary>docs/reference/api.md, from the OpenAPI document that the server is held to.</summary>
internal static class ApiPage
{
    private const string Head =
        """
        # HTTP API

        Made from the OpenAPI document (`GET /openapi/v1.json`), and compared with it by a test. JSON in snake_case. A list answers `{items, next_cursor}`; errors are problem
        details (RFC 9457) with every fault. Any endpoint that needs a key may answer 401 (no key, or a bad one), 403 (the role may not) and 429 (too much; `Retry-After`);
        they are left out below. Keys and roles: [security](../production/security.md).


        """;

    private static readonly HashSet<string> OfEverybody = ["401", "403", "429"];

    public static string Of(string document)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var path in JsonElement.Parse(document).GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Object))
            {
                Append(page, $"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value);
            }
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private static void Append(StringBuilder page, string head, JsonElement operation)
    {
        page.Append(CultureInfo.InvariantCulture, $"## `{head}`\n\n{Text(operation, "summary")}\n");
        if (Text(operation, "description") is { Length: > 0 } description)
        {
            page.Append(CultureInfo.InvariantCulture, $"{description}\n");
        }

        page.Append("\n| | |\n|---|---|\n");
        foreach (var parameter in Items(operation, "parameters"))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{Text(parameter, "name")}` ({Text(parameter, "in")}) | {Cell(Text(parameter, "description"))} |\n");
        }

        if (operation.TryGetProperty("requestBody", out var body) && Text(body, "description") is { Length: > 0 })
        {
            page.Append(CultureInfo.InvariantCulture, $"| body | {Cell(Text(body, "description"))} |\n");
        }

        foreach (var answer in operation.GetProperty("responses").EnumerateObject().Where(answer => !OfEverybody.Contains(answer.Name)).OrderBy(answer => answer.Name, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {answer.Name} | {Cell(Text(answer.Value, "description"))} |\n");
        }

        page.Append('\n');
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) => element.TryGetProperty(name, out var items) ? items.EnumerateArray() : default;

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString()! : "";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
