using Microsoft.AspNetCore.Http.Features;
using Moda.Web.Failures;

namespace Moda.Web.Uploads;

/// <summary>Refuses a request that says it is larger than the service takes, before any of it is read.</summary>
/// <remarks>
/// Kestrel refuses it too, but closes the connection while the client still sends; many clients then see a broken connection and not the answer.
/// Where nothing limits the body any more, Kestrel reads what is left for some seconds after the answer.
/// </remarks>
internal static class RequestSize
{
    // What is read beside the files of a form: boundaries, headers, texts.
    private const long FormOverhead = 1 << 20;

    /// <summary>The largest request with files.</summary>
    /// <param name="files">Bytes that each may have.</param>
    public static long LimitFor(IEnumerable<long> files) => files.Sum() + FormOverhead;

    /// <summary>Checks the size of every request; the limit is the route's or Kestrel's own.</summary>
    public static void UseRequestSize(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        IHttpMaxRequestBodySizeFeature? size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (size is { MaxRequestBodySize: { } most, IsReadOnly: false } && context.Request.ContentLength > most)
        {
            size.MaxRequestBodySize = null;
            throw ApiException.TooLarge($"The request has {context.Request.ContentLength} bytes; at most {most} are taken.");
        }

        return next(context);
    });
}
