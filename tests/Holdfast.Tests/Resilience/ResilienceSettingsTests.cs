using Holdfast.Flags;
using Holdfast.Resilience;
using Holdfast.Tests.Flags;

namespace Holdfast.Tests.Resilience;

public sealed class ResilienceSettingsTests : IDisposable
{
    private readonly FlagHarness _harness = new();
    private readonly ResiliencePipelines _pipelines = new();

    [Fact]
    public void The_flags_and_the_options_have_the_same_defaults()
    {
        var flags = _harness.Load();

        ResilienceSettings.Read(flags).ShouldBe(new ResilienceOptions());
    }

    [Fact]
    public void Every_flag_reaches_the_options()
    {
        foreach (var flag in ResilienceFlags.All)
        {
            _harness.Environment[flag.Name] = flag.Type == FlagType.Bool ? "false" : "7";
        }

        _harness.Environment[FlagNames.TimeoutMs] = "70";

        var options = ResilienceSettings.Read(_harness.Load());

        options.ShouldBe(new ResilienceOptions
        {
            MetricsPersisterEnabled = false,
            CircuitBreakerEnabled = false,
            RetryEnabled = false,
            DeadLettersEnabled = false,
            GracefulShutdownEnabled = false,
            CircuitBreakerThreshold = 7,
            CircuitBreakerTimeout = TimeSpan.FromSeconds(7),
            RetryMaxAttempts = 7,
            RetryBackoffFactor = 7,
            MetricsPersisterAttemptTimeout = TimeSpan.FromMilliseconds(70),
        });
    }

    [Fact]
    public void A_flag_that_changes_takes_effect_at_once_and_until_the_end()
    {
        var flags = _harness.Load();
        var following = ResilienceSettings.Follow(flags, _pipelines);
        var pipeline = _pipelines.GetOrAdd("test");

        flags.Set(FlagNames.RetryMaxAttempts, 5L);
        flags.Set(FlagNames.CircuitBreakerThreshold, 8L);
        flags.Set(FlagNames.TimeoutMs, 80L);

        pipeline.Snapshot().Retry.MaxAttempts.ShouldBe(5);
        _pipelines.Options.MetricsPersisterAttemptTimeout.ShouldBe(TimeSpan.FromMilliseconds(80));
        pipeline.Breaker.Snapshot().Options.FailureThreshold.ShouldBe(8);
        following.Dispose();
        flags.Set(FlagNames.RetryMaxAttempts, 6L);
        pipeline.Snapshot().Retry.MaxAttempts.ShouldBe(5);
    }

    [Theory]
    [InlineData("METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD", "0")]
    [InlineData("METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT", "never")]
    [InlineData("METRICS_PERSISTER_RETRY_MAX_ATTEMPTS", "-3")]
    [InlineData("METRICS_PERSISTER_RETRY_BACKOFF_FACTOR", "0.5")]
    [InlineData("RESILIENCE_RETRY_ENABLED", "perhaps")]
    public void One_bad_value_is_one_clear_error(string name, string value)
    {
        _harness.Environment[name] = value;

        _harness.LoadFaults().ShouldHaveSingleItem().Key.ShouldBe(name);
    }

    [Fact]
    public void The_flags_refuse_what_the_options_refuse()
    {
        var edges =
            from name in (string[])[FlagNames.CircuitBreakerThreshold, FlagNames.CircuitBreakerTimeout, FlagNames.RetryMaxAttempts, FlagNames.TimeoutMs]
            from value in (long[])[0, 1, 9, 10, 100, 101, 1_000, 1_001, 86_400, 86_401, 600_000, 600_001]
            select (Flag: FlagSchema.Product.Get(name)!, Value: value);

        edges.ShouldAllBe(edge => (edge.Flag.Validator!(edge.Value) == null) == (ResilienceOptionsValidator.Validate(With(edge.Flag.Name, edge.Value)).Count == 0));
    }

    public void Dispose()
    {
        _pipelines.Dispose();
        _harness.Dispose();
    }

    private static ResilienceOptions With(string name, long value) => name switch
    {
        FlagNames.CircuitBreakerThreshold => new ResilienceOptions { CircuitBreakerThreshold = (int)value },
        FlagNames.CircuitBreakerTimeout => new ResilienceOptions { CircuitBreakerTimeout = TimeSpan.FromSeconds(value) },
        FlagNames.TimeoutMs => new ResilienceOptions { MetricsPersisterAttemptTimeout = TimeSpan.FromMilliseconds(value) },
        _ => new ResilienceOptions { RetryMaxAttempts = (int)value },
    };
}
