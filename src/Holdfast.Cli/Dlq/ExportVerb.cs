using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Dlq;

/// <summary><c>holdfast dlq export</c></summary>
internal static class ExportVerb
{
    private const int BufferBytes = 64 << 10;

    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "File to write. Default: the standard output." };
        var command = new Command("export", "Writes dead letters, one a line (NDJSON), the newest first.") { output };
        var filter = LetterFilters.Create().AddTo(command);
        command.Does(async (session, cancellationToken) =>
        {
            var path = $"{DlqCommand.Path}/export{filter.Query(session.Arguments)}";
            if (session.Arguments.GetValue(output) is not { } file)
            {
                return await OutputReader.WhileThereAsync(token => ToOutputAsync(session, path, token), cancellationToken);
            }

            using var answer = await session.OpenAsync(path, cancellationToken);
            await using var letters = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var lines = await session.WithProgressAsync("Exporting ...", () => ToFileAsync(session, letters, file, cancellationToken));
            Say(session, lines, file);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> ToOutputAsync(Session session, string path, CancellationToken cancellationToken)
    {
        using var answer = await session.OpenAsync(path, cancellationToken);
        await using var letters = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await CopyAsync(session, letters, Console.OpenStandardOutput(), cancellationToken);
        return ExitCode.Done;
    }

    private static void Say(Session session, long lines, string file)
    {
        if (session.AsJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object> { ["letters"] = lines, ["file"] = file }));
        }
        else
        {
            Console.WriteLine($"{lines} dead letters are in {file}.");
        }
    }

    /// <summary>Under another name first: what breaks off half-way must not look like a whole export.</summary>
    private static async Task<long> ToFileAsync(Session session, Stream letters, string file, CancellationToken cancellationToken)
    {
        var part = file + ".part";
        long lines;
        await using (var target = File.Create(part))
        {
            lines = await CopyAsync(session, letters, target, cancellationToken);
        }

        File.Move(part, file, overwrite: true);
        return lines;
    }

    private static async Task<long> CopyAsync(Session session, Stream letters, Stream target, CancellationToken cancellationToken)
    {
        var (buffer, lines) = (new byte[BufferBytes], 0L);
        try
        {
            for (int count; (count = await session.WithinAsync(session.Patience, token => letters.ReadAsync(buffer, token).AsTask(), cancellationToken)) > 0;)
            {
                lines += buffer.AsSpan(0, count).Count((byte)'\n');
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception broken) when (broken is HttpIOException or ServerException)
        {
            throw new ServerException($"The export broke off after {lines} letters and is not whole: {broken.Message}\nAsk again when 'holdfast status' says that all is well.", status: null, problem: null, broken);
        }

        await target.FlushAsync(cancellationToken);
        return lines;
    }
}
