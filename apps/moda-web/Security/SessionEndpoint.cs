using Moda.Web.Failures;

namespace Moda.Web.Security;

/// <summary>The page's session: it turns a key into a cookie, as a video element and a socket cannot send a header.</summary>
internal static class SessionEndpoint
{
    /// <summary>The path, which needs no key yet.</summary>
    public const string Path = "/v1/session";

    /// <summary>Adds the routes.</summary>
    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, (HttpContext context, Access access) =>
            {
                string key = Access.KeyOf(context.Request) ?? string.Empty;
                if (access.FindOwner(key) is null)
                {
                    throw new ApiException(StatusCodes.Status401Unauthorized, "key_required", "The service does not know this key.");
                }

                context.Response.Cookies.Append(Access.CookieName, key, Options(context));
                return Results.NoContent();
            })
            .WithTags("Session").WithName("createSession").WithSummary("Keeps the key of the Authorization header in a cookie, for the page.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status401Unauthorized);
        routes.MapDelete(Path, (HttpContext context) =>
            {
                context.Response.Cookies.Delete(Access.CookieName, Options(context));
                return Results.NoContent();
            })
            .WithTags("Session").WithName("deleteSession").WithSummary("Forgets the cookie.").Produces(StatusCodes.Status204NoContent);
    }

    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/" };
}
