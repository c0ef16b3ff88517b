using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>What a check found, as it is put together: the worst of what is said, with all of it. Not safe for concurrent use.</summary>
internal sealed class Found
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly List<string> _said = [];
    private HealthStatus _status = HealthStatus.Healthy;

    public Found Value(string name, double value)
    {
        _values[name] = value;
        return this;
    }

    /// <summary>It does not work, if so.</summary>
    public Found FailIf(bool so, string why) => Say(so, HealthStatus.Unhealthy, why);

    /// <summary>It works, with less than it should have, if so.</summary>
    public Found WarnIf(bool so, string why) => Say(so, HealthStatus.Degraded, why);

    public HealthCheckResult Result() => new(_status, _said.Count == 0 ? null : string.Join(' ', _said), exception: null, _values);

    public Task<HealthCheckResult> AsTask() => Task.FromResult(Result());

    // The smaller the worse.
    private Found Say(bool so, HealthStatus status, string why)
    {
        if (so)
        {
            _status = status < _status ? status : _status;
            _said.Add(why);
        }

        return this;
    }
}
