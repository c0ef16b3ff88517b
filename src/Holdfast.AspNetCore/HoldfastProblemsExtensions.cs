using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore;

/// <summary>Errors in one form for an application that is all Holdfast.</summary>
public static class HoldfastProblemsExtensions
{
    /// <summary>
    /// Answers unknown routes, wrong methods and unexpected errors as problem details. An application with routes of its own has its own
    /// way of doing this and need not call it.
    /// </summary>
    public static IApplicationBuilder UseHoldfastProblems(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Holdfast.Http");
        return app.Use(async (context, next) =>
        {
            Guarded.Protect(context.Response.Headers);
            try
            {
                await next(context);
                await ExplainAsync(context);
            }
            catch (StoreUnavailableException unavailable) when (!context.Response.HasStarted)
            {
                await StoreGate.RefuseAsync(context, unavailable);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // Nobody waits for the answer any more.
            }
            catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
            {
                await Problem.WriteAsync(context, bad.StatusCode, "The request cannot be read.", bad.Message);
            }
            catch (IOException bad) when (bad.InnerException is OverflowException && !context.Response.HasStarted)
            {
                // The web server's word for a chunk whose size is no number that it could have.
                await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The request cannot be read.", bad.Message);
            }
            catch (Exception fault) when (!context.Response.HasStarted)
            {
                logger.RequestFailed(fault, context.Request.Method, context.Request.Path);
                await Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "The request failed.", "The server's log has the reason.");
            }
        });
    }

    // Routing answers with a bare status; a body makes it of use to whoever is at the other end.
    private static Task ExplainAsync(HttpContext context)
    {
        if (context.Response.HasStarted || context.Response.ContentLength > 0 || context.Response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        return (context.Response.StatusCode, context.RequestServices.GetRequiredService<AccessGate>().RefuseOrigin(context)) switch
        {
            (404 or 405, { } foreign) => foreign.WriteAsync(context),
            (404, _) => Problem.WriteAsync(context, 404, "There is nothing here.", "The API is described at openapi/v1.json."),
            (405, _) => Problem.WriteAsync(context, 405, "The method is not allowed here.", $"Allowed: {context.Response.Headers.Allow}."),
            _ => Task.CompletedTask,
        };
    }
}
