using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Components;
using Holdfast.Flags;

namespace Holdfast.Server;

/// <summary>The process: settings, host, signals, and exit codes that mean something.</summary>
internal static class ServerProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        // Needs no settings, so that faults in them do not stop it.
        if (args is ["migrate", .. var migrate])
        {
            return await MigrateCommand.RunAsync(migrate, Console.Out, Console.Error);
        }

        try
        {
            var flags = FlagManager.Load(ServerHost.Schema, FlagSources.OfProcess());
            return args switch
            {
                [] => await ServeAsync(flags),
                ["keys", .. var words] => await KeysCommand.RunAsync(words, flags, Console.Out, Console.Error),
                ["spool", .. var words] => await SpoolCommand.RunAsync(words, flags, Console.Out, Console.Error),
                _ => await UnknownAsync(args[0]),
            };
        }
        catch (ConfigurationException faults)
        {
            await Console.Error.WriteLineAsync(faults.Message);
            return ExitCodes.Configuration;
        }
        catch (ComponentPlanException faults)
        {
            await Console.Error.WriteLineAsync($"The components cannot be started: {faults.Message} See {FlagNames.ComponentsEnabled} and {FlagNames.ComponentsDisabled}.");
            return ExitCodes.Configuration;
        }
        catch (Exception fault) when (StartFault.Explain(fault) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return ExitCodes.Fault;
        }
    }

    private static async Task<int> UnknownAsync(string word)
    {
        await Console.Error.WriteLineAsync(
            $"'{word}' is not known. Without arguments the server starts; 'keys create', 'keys list' and 'keys revoke' say who may call; 'spool verify' and 'spool dump' look into a spool; 'migrate --script' writes the schema of PostgreSQL. Settings come from the environment, .env and holdfast.json.");
        return ExitCodes.Configuration;
    }

    private static async Task<int> ServeAsync(FlagManager flags)
    {
        await BindGuard.CheckAsync(flags, TimeProvider.System, CancellationToken.None);
        await using var app = ServerHost.Build(flags);
        flags.LogTo(app.Services.GetRequiredService<ILogger<FlagManager>>());

        // The first signal is the host's: it drains. A second one means that somebody does not want to wait.
        var signals = new StrongBox<int>();
        using var terminate = LeaveOnSecond(PosixSignal.SIGTERM, signals);
        using var interrupt = LeaveOnSecond(PosixSignal.SIGINT, signals);
        var node = app.Services.GetRequiredService<HoldfastNode>();
        await app.RunAsync();
        return node.ExitCode;
    }

    /// <summary>Counts the signals of both kinds together: Ctrl+C after a SIGTERM is the second one too.</summary>
    private static PosixSignalRegistration LeaveOnSecond(PosixSignal signal, StrongBox<int> signals) => PosixSignalRegistration.Create(signal, _ =>
    {
        if (Interlocked.Increment(ref signals.Value) > 1)
        {
            Console.Error.WriteLine("Second signal: leaving at once. What was acknowledged is in the spool.");
            Environment.Exit(ExitCodes.Forced);
        }
    });
}

/// <summary>What the exit code says.</summary>
internal static class ExitCodes
{
    /// <summary>Stopped as asked, nothing dropped.</summary>
    public const int Clean = 0;

    /// <summary>A fault: the data directory, the port, or rows dropped.</summary>
    public const int Fault = 1;

    /// <summary>Forced by a second signal.</summary>
    public const int Forced = 70;

    /// <summary>Settings are wrong; all of them were listed.</summary>
    public const int Configuration = 78;
}
