using Holdfast.Resilience;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Holdfast.Supabase;

/// <summary>Why the project was not reached, in a few words and without its address: whoever may look at the status reads them.</summary>
internal static class ProjectFailure
{
    public static string TextOf(Exception fault) => fault switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name cannot be resolved",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "there is no connection",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "there is no secure connection",
        HttpRequestException => "the connection broke",
        TimeoutRejectedException => "it does not answer in time",
        BrokenCircuitException => "its circuit breaker is open",
        _ => FailureText.Of(fault),
    };
}
