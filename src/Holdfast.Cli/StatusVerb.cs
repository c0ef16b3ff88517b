using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast status</c></summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var command = new Command("status", "How the server does: problems, ledger, dead letters. Exits with 1 when it is not well.");
        command.Does(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var status = await session.GetAsync("status", cancellationToken);
        var ledger = await session.GetAsync("api/ledger", cancellationToken);
        var problems = status.GetProperty("status").GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()!).ToList();
        var error = ledger.GetProperty("error").GetInt64();
        if (session.AsJson)
        {
            Session.WriteJson(status);
        }
        else
        {
            Show(session.Out, problems, ledger);
        }

        return problems.Count == 0 && error == 0 ? ExitCode.Done : ExitCode.NotAll;
    }

    private static void Show(IAnsiConsole console, List<string> problems, JsonElement ledger)
    {
        console.WriteLine(problems.Count == 0 ? "All is well." : "Not well:");
        foreach (var problem in problems)
        {
            console.WriteLine($"  {problem}");
        }

        var table = new Table().AddColumns("rows", "events", "samples");
        foreach (var term in ledger.GetProperty("events").EnumerateObject().Select(term => term.Name))
        {
            table.AddRow(term, ledger.GetProperty("events").GetProperty(term).ToString(), ledger.GetProperty("samples").GetProperty(term).ToString());
        }

        console.Write(table);
        var error = ledger.GetProperty("error").GetInt64();
        console.WriteLine(error == 0 ? "Every acknowledged row is accounted for." : $"{error} rows are not accounted for: report this.");
    }
}
