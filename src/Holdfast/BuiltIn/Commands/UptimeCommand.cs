using Holdfast.Monitoring;

namespace Holdfast.BuiltIn.Commands;

/// <summary><c>uptime</c>: how long the server has been running.</summary>
internal sealed class UptimeCommand(ServiceStatus status, TimeProvider time) : ICommand
{
    public string Name => "uptime";

    public string Summary => "How long the server has been running.";

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken)
    {
        var since = status.Identity.StartedAt;
        return ValueTask.FromResult(new CommandAnswer($"Up {Words(time.GetUtcNow() - since)}, since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."));
    }

    private static string Words(TimeSpan up) =>
        up.TotalDays >= 1 ? $"{up.Days} d {up.Hours} h" : up.TotalHours >= 1 ? $"{up.Hours} h {up.Minutes} min" : up.TotalMinutes >= 1 ? $"{up.Minutes} min {up.Seconds} s" : $"{up.Seconds} s";
}
