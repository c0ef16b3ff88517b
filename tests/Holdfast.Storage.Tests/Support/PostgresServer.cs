using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Storage.Tests.Support;

/// <summary>
/// A PostgreSQL server that lives as long as the tests: its own cluster in a temporary directory, a unix socket and a free port of the
/// loopback, never the system's. PostgreSQL refuses root, so under root it runs as another user. It ends with this process, however that ends.
/// The fault suite shares it, and does to it what happens to databases.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    public const string Superuser = "postgres";
    public const string Password = "correct horse battery staple";

    // A crash of the machine is not among the faults: the kernel keeps what was written and not synced. It may keep half of a page that was
    // being written when the process was killed, so only those who kill do with whole pages in the log.
    private const string NothingSynced = "fsync = off";
    private const string NothingLogged = "full_page_writes = off";

    // Stopped first: a child that it makes between the list and the kill would keep the shared memory. A zombie is dead, but PostgreSQL takes
    // it for a running server as long as its number stands in its files, and who reaps it, and when, depends on the machine.
    private const string KillAll =
        """
        kill -STOP "$1"
        all="$1 $(ps -o pid= --ppid "$1")"
        kill -9 $all
        for pid in $all; do while ps -o stat= -p "$pid" | grep -qv Z; do sleep 0.02; done; done
        rm -f "$2/data/postmaster.pid" "$2"/.s.PGSQL.*
        """;

    private readonly string _binaries;
    private readonly string _directory;

    private PostgresServer(string binaries, string directory, int port)
    {
        _binaries = binaries;
        _directory = directory;
        Port = port;
    }

    public int Port { get; }

    private string Data => Path.Combine(_directory, "data");

    /// <summary>Starts a server from the directory of its binaries.</summary>
    /// <param name="survivesKills">Whether <c>kill -9</c> leaves a data directory that can be used again; a little slower.</param>
    /// <param name="walDirectory">Where its log is written, in segments of 1 MiB: a directory that is empty or not there yet. Null: with the data.</param>
    public static async Task<PostgresServer> StartAsync(string binaries, bool survivesKills = false, string? walDirectory = null)
    {
        // Short, since the path of a socket has room for 107 characters.
        var directory = Directory.CreateTempSubdirectory("hf-pg-").FullName;
        var server = new PostgresServer(await ReachableAsync(binaries, directory), directory, FreePort());
        await server.InitAsync(survivesKills ? NothingSynced : $"{NothingSynced}\n{NothingLogged}", walDirectory);
        await server.StartAgainAsync();
        server.EndWithThisProcess();
        return server;
    }

    /// <summary>Over the socket, where everyone is trusted.</summary>
    public string ConnectionString(string database, string user = Superuser) =>
        $"Host={_directory};Port={Port};Username={user};Database={database};Include Error Detail=false";

    /// <summary>Over TCP, where a password is asked for.</summary>
    public string TcpConnectionString(string database, string user = Superuser, string password = Password) =>
        $"Host=127.0.0.1;Port={Port};Username={user};Password={password};Database={database}";

    /// <param name="how"><c>smart</c>, <c>fast</c> or <c>immediate</c>, which is a crash without the kill.</param>
    public Task StopAsync(string how = "fast") => RunAsync("pg_ctl", "stop", "-D", Data, "-m", how, "-w", "-t", "120");

    public async Task StartAgainAsync()
    {
        try
        {
            await RunAsync("pg_ctl", "start", "-D", Data, "-w", "-t", "120", "-l", LogFile);
        }
        catch (InvalidOperationException failed)
        {
            throw new InvalidOperationException($"{failed.Message}\n{string.Join('\n', File.ReadLines(LogFile).TakeLast(20))}", failed);
        }
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task WhenDownAsync(CancellationToken cancellationToken)
    {
        while (IsUp)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    /// <summary>What it wrote into its log of messages.</summary>
    public string Log => File.ReadAllText(LogFile);

    /// <summary>Starts it where it is down.</summary>
    public Task EnsureRunsAsync() => IsUp ? Task.CompletedTask : StartAgainAsync();

    /// <summary>kill -9 of everything that belongs to it; returns when nothing is left.</summary>
    public Task KillAsync() => RunProgramAsync("/bin/sh", ["-c", KillAll, "sh", $"{PostmasterId}", _directory]);

    /// <summary>kill -9 of one of its processes.</summary>
    public static Task KillProcessAsync(int id) => RunProgramAsync("kill", ["-9", $"{id}"]);

    public async ValueTask DisposeAsync()
    {
        if (IsUp)
        {
            await StopAsync("immediate");
        }

        Directory.Delete(_directory, recursive: true);
    }

    private bool IsUp => File.Exists(PidFile);

    private string LogFile => Path.Combine(_directory, "log");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    private int PostmasterId => int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);

    private async Task InitAsync(string moreSettings, string? walDirectory)
    {
        var passwordFile = Path.Combine(_directory, "password");
        await File.WriteAllTextAsync(passwordFile, Password);
        await GiveAwayAsync(_directory);
        string[] log = walDirectory is null ? [] : ["--waldir", walDirectory, "--wal-segsize", "1"];
        await RunAsync(
            "initdb",
            [
                "-D", Data, "-U", Superuser, "-E", "UTF8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256",
                "--pwfile", passwordFile, "--no-sync", .. log,
            ]);

        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.conf"),
            $"""

            listen_addresses = '127.0.0.1'
            unix_socket_directories = '{_directory}'
            port = {Port}
            max_connections = 200
            shared_buffers = 64MB
            max_wal_size = 512MB
            {moreSettings}
            """);
    }

    /// <summary>Binaries below a home directory may be out of reach for the other user.</summary>
    private static async Task<string> ReachableAsync(string binaries, string directory)
    {
        if (!Environment.IsPrivilegedProcess || binaries.StartsWith("/usr/", StringComparison.Ordinal))
        {
            return binaries;
        }

        await RunProgramAsync("cp", ["-a", Path.GetDirectoryName(binaries)!, Path.Combine(directory, "native")]);
        return Path.Combine(directory, "native", Path.GetFileName(binaries));
    }

    /// <summary>Lets the server's user have a directory.</summary>
    public static Task GiveAwayAsync(string directory) =>
        Environment.IsPrivilegedProcess ? RunProgramAsync("chown", ["-R", OtherUser, directory]) : Task.CompletedTask;

    private static string OtherUser { get; } =
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private Task RunAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_binaries, program);
        return Environment.IsPrivilegedProcess
            ? RunProgramAsync("setpriv", ["--reuid", OtherUser, "--regid", OtherUser == "nobody" ? "nogroup" : OtherUser, "--clear-groups", path, .. arguments])
            : RunProgramAsync(path, arguments);
    }

    private static async Task RunProgramAsync(string program, IEnumerable<string> arguments)
    {
        // Nothing is redirected: the server that pg_ctl starts would keep the pipes open, and reading them would never end.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "out=$(mktemp); \"$@\" > \"$out\" 2>&1 < /dev/null || { cat \"$out\" >&2; rm -f \"$out\"; exit 1; }; rm -f \"$out\"", "sh", program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = "/tmp",
        };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var said = await process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed with {process.ExitCode}: {said}");
        }
    }

    /// <summary>Also when nobody disposes: a test run that is killed must not leave a server behind.</summary>
    private void EndWithThisProcess()
    {
        const string Watch = "tail --pid=\"$1\" -f /dev/null; [ -d \"$2\" ] || exit; kill -INT \"$(head -n 1 \"$2/data/postmaster.pid\")\"; sleep 2; rm -rf \"$2\"";
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"({Watch}) > /dev/null 2>&1 < /dev/null &", "sh", Environment.ProcessId.ToString(), _directory]))?.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
