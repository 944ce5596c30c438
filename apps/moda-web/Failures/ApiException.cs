namespace Moda.Web.Failures;

/// <summary>A request cannot be answered; the client is told why, as a problem (RFC 9457).</summary>
/// <param name="status">The status of HTTP.</param>
/// <param name="code">For programs; the problem's type ends with it.</param>
/// <param name="detail">For people: what was found and what to do.</param>
/// <param name="retryAfter">When trying again may help; null where it does not.</param>
internal sealed class ApiException(int status, string code, string detail, TimeSpan? retryAfter = null) : Exception(detail)
{
    /// <summary>The status of HTTP.</summary>
    public int Status => status;

    /// <summary>For programs.</summary>
    public string Code => code;

    /// <summary>When trying again may help; null where it does not.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>There is no such thing, or it is another owner's.</summary>
    public static ApiException NotFound(string what) => new(StatusCodes.Status404NotFound, "not_found", $"There is no such {what}. It may have been deleted.");

    /// <summary>The request is understood, but says something that cannot be done.</summary>
    public static ApiException Unusable(string code, string detail) => new(StatusCodes.Status422UnprocessableEntity, code, detail);

    /// <summary>The request is larger than allowed.</summary>
    public static ApiException TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, "too_large", detail);

    /// <summary>There is too much to do; the client may try again.</summary>
    public static ApiException TooMany(string code, string detail, TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, code, detail, retryAfter);
}
