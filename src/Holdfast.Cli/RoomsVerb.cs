using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast rooms</c></summary>
internal static class RoomsVerb
{
    public static Command Create()
    {
        var command = new Command("rooms", "The event sources that the server connects to. Exits with 1 when one that should be joined is not.");
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var answer = await session.GetAsync("api/rooms", cancellationToken);
        Shown.Answer(session, answer, Show);
        return answer.GetProperty("items").EnumerateArray().All(IsWell) ? ExitCode.Done : ExitCode.NotAll;
    }

    private static bool IsWell(JsonElement room) => !room.GetProperty("enabled").GetBoolean() || room.GetProperty("state").GetString() == "joined";

    private static void Show(Session session, JsonElement answer)
    {
        if (answer.GetProperty("items").GetArrayLength() == 0)
        {
            session.Out.WriteLine("There are no rooms in the settings.");
            return;
        }

        var table = new Table().AddColumns("room", "state", "since", "attempts", "next attempt", "received", "sent", "last error");
        foreach (var room in answer.GetProperty("items").EnumerateArray())
        {
            table.AddRow([.. Cells(room).Select(cell => new Text(cell))]);
        }

        session.Out.Write(table);
    }

    private static string[] Cells(JsonElement room)
    {
        var (next, counts) = (room.GetProperty("next_attempt_at"), room.GetProperty("counts"));
        return
        [
            room.GetProperty("name").GetString()!,
            room.GetProperty("state").GetString()!,
            Shown.Instant(room.GetProperty("since")),
            room.GetProperty("attempts").ToString(),
            Shown.Instant(next),
            counts.GetProperty("received").ToString(),
            counts.GetProperty("sent").ToString(),
            Shown.Short(room.GetProperty("last_error").GetString()),
        ];
    }
}
