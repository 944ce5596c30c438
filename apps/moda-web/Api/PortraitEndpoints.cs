using Moda.Web.Portraits;
using Moda.Web.Security;

namespace Moda.Web.Api;

/// <summary>The route of portraits.</summary>
internal static class PortraitEndpoints
{
    /// <summary>Adds it.</summary>
    public static void MapPortraits(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/portraits", async (HttpContext context, PortraitShelf shelf) =>
            Results.Json(
                await shelf.TakeAsync(context.Request, Access.OwnerOf(context), context.RequestAborted),
                ApiJson.Default.PortraitResource,
                statusCode: StatusCodes.Status201Created))
        .WithTags("Portraits").WithName("createPortrait").WithSummary("Uploads a picture for poses and live sessions: a form with the file portrait. Answers with its faces.")
        .Accepts<PortraitForm>("multipart/form-data").Produces<PortraitResource>(StatusCodes.Status201Created)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status429TooManyRequests)
        .RequireRateLimiting(UploadRate.PolicyName).DisableAntiforgery();

    /// <summary>The form, for the API's description.</summary>
    private sealed class PortraitForm
    {
        /// <summary>The picture: PNG, JPEG, WebP, GIF or BMP.</summary>
        public required IFormFile Portrait { get; init; }
    }
}
