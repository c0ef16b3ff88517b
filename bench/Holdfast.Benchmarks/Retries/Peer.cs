using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Holdfast.Benchmarks.Retries;

/// <summary>Another queue on PostgreSQL, measured by its script for Node, which drops what it leaves and prints one JSON object.</summary>
internal sealed class Peer(string folder, string name, IReadOnlyDictionary<string, string> database)
{
    private static readonly string[] Names = ["graphile-worker", "pg-boss"];
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(10);

    public string Name => name;

    /// <summary>Those of a folder, against the database of a connection string.</summary>
    public static IReadOnlyList<Peer> All(string folder, string postgres) =>
        Directory.Exists(Path.Combine(folder, "node_modules"))
            ? [.. Names.Select(name => new Peer(Path.GetFullPath(folder), name, Variables(postgres)))]
            : throw new ArgumentException($"The peers are not installed: npm ci --prefix {folder}", nameof(folder));

    public async Task<QueueRun> RunAsync(int items, int payload)
    {
        using var patience = new CancellationTokenSource(TimeMax);
        using var node = Start(items, payload);
        try
        {
            var errors = node.StandardError.ReadToEndAsync(patience.Token);
            var output = await node.StandardOutput.ReadToEndAsync(patience.Token);
            await node.WaitForExitAsync(patience.Token);
            return node.ExitCode == 0 ? Read(output) : throw new InvalidOperationException($"{name} ended with {node.ExitCode}: {await errors}");
        }
        catch (OperationCanceledException late)
        {
            node.Kill();
            throw new TimeoutException($"{name} did not end within {TimeMax.TotalMinutes} minutes.", late);
        }
    }

    private Process Start(int items, int payload)
    {
        var script = new ProcessStartInfo("node", [$"{name}.mjs", "--items", Text(items), "--payload", Text(payload)])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in database)
        {
            script.Environment[variable] = value;
        }

        return Process.Start(script)!;
    }

    private static QueueRun Read(string output)
    {
        var figures = JsonElement.Parse(output);
        return new QueueRun(
            figures.GetProperty("enqueue_bulk_per_s").GetDouble(), figures.GetProperty("drain_per_s").GetDouble(), figures.GetProperty("enqueue_single_per_s").GetDouble());
    }

    /// <summary>As psql has them; a password on the command line would be seen by everybody.</summary>
    private static Dictionary<string, string> Variables(string postgres)
    {
        var parts = new NpgsqlConnectionStringBuilder(postgres);
        return new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["PGHOST"] = parts.Host,
            ["PGPORT"] = Text(parts.Port),
            ["PGUSER"] = parts.Username,
            ["PGPASSWORD"] = parts.Password,
            ["PGDATABASE"] = parts.Database,
        }.Where(part => part.Value is not null).ToDictionary(part => part.Key, part => part.Value!, StringComparer.Ordinal);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
