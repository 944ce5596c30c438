using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;

namespace Moda.Web.Failures;

/// <summary>Answers failures with problem details (RFC 9457). What nobody foresaw is logged and told as such, without its message.</summary>
internal sealed partial class Problems(IProblemDetailsService details, ILogger<Problems> logger) : IExceptionHandler
{
    private const string TypePrefix = "urn:moda:problem:";
    private const string CodeMember = "code";
    private const string Unknown = "server_error";

    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        await WriteAsync(httpContext, Describe(exception, logger), details);
        return true;
    }

    /// <summary>What a client is told of a failure. What nobody foresaw is logged.</summary>
    public static ApiException Describe(Exception exception, ILogger logger)
    {
        ApiException problem = Describe(exception);
        if (problem.Code == Unknown)
        {
            Unforeseen(logger, exception);
        }

        return problem;
    }

    /// <summary>Gives a problem that the server has found by itself, such as an unknown route, its code.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        ProblemDetails problem = context.ProblemDetails;
        if (!problem.Extensions.ContainsKey(CodeMember))
        {
            (string code, string detail) = problem.Status switch
            {
                StatusCodes.Status404NotFound => ("not_found", "There is nothing at this address. /openapi/v1.json has all routes."),
                StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", "This address takes other methods. /openapi/v1.json has all routes."),
                StatusCodes.Status415UnsupportedMediaType => ("not_a_form", "Send a form: Content-Type multipart/form-data."),
                _ => ("bad_request", "The request is not well formed."),
            };
            (problem.Type, problem.Detail, problem.Extensions[CodeMember]) = (TypePrefix + code, problem.Detail ?? detail, code);
        }
    }

    /// <summary>Writes a problem.</summary>
    public static async Task WriteAsync(HttpContext context, ApiException problem, IProblemDetailsService details)
    {
        context.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (problem.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(Math.Max(1, wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        await details.WriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = new ProblemDetails { Status = problem.Status, Type = TypePrefix + problem.Code, Detail = problem.Message, Extensions = { [CodeMember] = problem.Code } },
        });
    }

    private static ApiException Describe(Exception exception) => exception switch
    {
        ApiException problem => problem,
        FaceNotFoundException => ApiException.Unusable("no_face", exception.Message),
        AudioException => ApiException.Unusable("invalid_voice", exception.Message),
        EngineFullException => ApiException.TooMany("engine_full", "As many live sessions are open as the engine can serve in time. Try again when one has ended.", TimeSpan.FromSeconds(10)),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ApiException.TooLarge("The request is larger than the service takes."),
        BadHttpRequestException bad => new ApiException(bad.StatusCode, "bad_request", "The request is not well formed."),
        FileNotFoundException or DirectoryNotFoundException => ApiException.NotFound("video"),
        _ => new ApiException(StatusCodes.Status500InternalServerError, Unknown, "The service failed; its log says why."),
    };

    [LoggerMessage(210, LogLevel.Error, "A request failed.")]
    private static partial void Unforeseen(ILogger logger, Exception error);
}
