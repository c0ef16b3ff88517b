namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about commands.</summary>
internal static class CommandDocs
{
    public static EndpointDoc Execute { get; } = new(
        "executeCommand",
        "Executes a command and answers with its text. As JSON, or as a line (text/plain) that begins with !: words are separated by spaces, quotes hold one together. "
        + "A caller waits 5 s (HOLDFAST_COMMANDS_COOLDOWN_SECONDS) before the same command again; without keys there is one caller, local. The command help lists what there is.",
        [],
        [
            (200, "{command, text}"),
            (400, "The body has faults, all of which are listed; or the code is too_long (512 characters in all, 10 arguments, 256 characters an argument) or usage."),
            (403, "The code says why: disabled_command, admin_only or insufficient_rank."),
            (404, "There is no such command; the code is unknown_command."),
            (413, "The body is too large."),
            (429, "The cooldown; Retry-After says when to call again."),
            (500, "The command failed; the log says why."),
            (503, "The component commands does not run; or the code is stale: it waited for more than 10 s and was not done."),
            (504, "It did not end within 15 s and was told to stop."),
        ])
    { Body = new BodyDoc(["application/json", "text/plain"], Required: true, "{command, arguments: [text]}, or !command argument ...") };
}
