using System.Globalization;
using Holdfast.Otlp;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>Answers an OTLP request in its own encoding: the result, or a google.rpc.Status.</summary>
internal readonly record struct OtlpReply(HttpContext Context, OtlpEncoding Encoding)
{
    public Task ResultAsync(OtlpResult result) => WriteAsync(200, OtlpAnswer.OfResult(result, Encoding));

    public Task RefuseAsync(int status, OtlpCode code, string message) => WriteAsync(status, OtlpAnswer.OfStatus(code, message, Encoding));

    public Task RetryLaterAsync(int status, OtlpCode code, string message, TimeSpan retryAfter)
    {
        Context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return RefuseAsync(status, code, message);
    }

    private async Task WriteAsync(int status, byte[] body)
    {
        var response = Context.Response;
        response.StatusCode = status;
        response.ContentType = OtlpAnswer.ContentTypeOf(Encoding);
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        await response.Body.WriteAsync(body, Context.RequestAborted);
    }
}
