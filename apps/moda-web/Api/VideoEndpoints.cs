using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Moda.Web.Failures;
using Moda.Web.Jobs;
using Moda.Web.Security;
using Moda.Web.Uploads;

namespace Moda.Web.Api;

/// <summary>The routes of videos.</summary>
internal static class VideoEndpoints
{
    private const string Tag = "Videos";
    private const string VideoType = "video/mp4";
    private const int UsualPage = 20;
    private const int LargestPage = 100;

    /// <summary>Adds them.</summary>
    public static void MapVideos(this IEndpointRouteBuilder routes)
    {
        MapCreation<VideoForm>(routes, VideoKind.Talking, "/v1/videos")
            .WithName("createVideo").WithSummary("Asks for a portrait that speaks: a form with the files portrait and voice, and options as texts.");
        MapCreation<DubForm>(routes, VideoKind.Dub, "/v1/dubs")
            .WithName("createDub").WithSummary("Asks for a video whose lips follow a voice: a form with the files video and voice, and options as texts.");
        MapCreation<DriveForm>(routes, VideoKind.Drive, "/v1/drives")
            .WithName("createDrive").WithSummary("Asks for a portrait that moves as another face does: a form with the files portrait and driving, and options as texts.");
        RouteGroupBuilder videos = routes.MapGroup("/v1/videos").WithTags(Tag);
        videos.MapGet("", ListAsync).WithName("listVideos").WithSummary("Lists videos, the newest first.").Produces<VideoList>().ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        videos.MapGet("/{id}", GetAsync).WithName("getVideo").WithSummary("Says how far a video is.").Produces<VideoResource>().Produces(StatusCodes.Status304NotModified).ProducesProblem(StatusCodes.Status404NotFound);
        videos.MapDelete("/{id}", DeleteAsync).WithName("deleteVideo").WithSummary("Deletes a video with its files; one that is being made is cancelled.").Produces<DeletedVideo>().ProducesProblem(StatusCodes.Status404NotFound);
        videos.MapGet("/{id}/content", GetContentAsync).WithName("getVideoContent").WithSummary("The completed video. Ranges may be asked for.")
            .Produces(StatusCodes.Status200OK, contentType: VideoType).Produces(StatusCodes.Status206PartialContent, contentType: VideoType)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        videos.MapGet("/{id}/stream", StreamAsync).WithName("streamVideo").WithSummary("The video from its beginning, while it is made: fragmented MP4. It waits for a video that is queued.")
            .Produces(StatusCodes.Status200OK, contentType: VideoType).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static RouteHandlerBuilder MapCreation<TForm>(IEndpointRouteBuilder routes, VideoKind kind, string path)
        where TForm : notnull
    {
        IVideoKind files = routes.ServiceProvider.GetRequiredService<VideoKinds>()[kind];
        return routes
            .MapPost(path, (HttpContext context, VideoRequests requests, VideoDescriptions descriptions) => CreateAsync(context, kind, requests, descriptions))
            .WithTags(Tag).WithDescription("With the header Idempotency-Key the same form may be sent again: it answers with the job of the first time.")
            .Accepts<TForm>("multipart/form-data").Produces<VideoResource>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status429TooManyRequests)
            .WithMetadata(new RequestSizeLimitAttribute(RequestSize.LimitFor(files.Files.Values)))
            .RequireRateLimiting(UploadRate.PolicyName).DisableAntiforgery();
    }

    private static async Task<IResult> CreateAsync(HttpContext context, VideoKind kind, VideoRequests requests, VideoDescriptions descriptions)
    {
        (VideoJob job, bool isReplay) = await requests.TakeAsync(kind, context.Request, Access.OwnerOf(context), context.RequestAborted);
        if (isReplay)
        {
            context.Response.Headers["Idempotent-Replayed"] = "true";
        }

        return Results.Accepted($"/v1/videos/{job.Id}", descriptions.Describe(job));
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, JobStore store, VideoDescriptions descriptions, string? after = null, int limit = UsualPage, string order = "desc")
    {
        if (limit is < 1 or > LargestPage || order is not ("asc" or "desc") || (after is not null && !VideoJob.IsId(after)))
        {
            throw ApiException.Unusable("invalid_query", $"'limit' is 1 to {LargestPage}, 'order' is asc or desc, and 'after' is the id of a video.");
        }

        // One more than asked for tells whether there are more.
        List<VideoJob> jobs = await store.ListAsync(Access.OwnerOf(context), after, limit + 1, order == "asc", context.RequestAborted);
        VideoResource[] shown = [.. jobs.Take(limit).Select(descriptions.Describe)];
        return ETags.Json(context, new VideoList(shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, jobs.Count > limit), ApiJson.Default.VideoList);
    }

    private static async Task<IResult> GetAsync(HttpContext context, string id, JobStore store, VideoDescriptions descriptions) =>
        ETags.Json(context, descriptions.Describe(await FindAsync(context, id, store)), ApiJson.Default.VideoResource);

    private static async Task<IResult> DeleteAsync(HttpContext context, string id, JobStore store, JobBoard board, DataFolder folder)
    {
        if (!VideoJob.IsId(id) || !await store.DeleteAsync(Access.OwnerOf(context), id, CancellationToken.None))
        {
            throw ApiException.NotFound("video");
        }

        if (board.Find(id) is { } active)
        {
            if (active.Cancel())
            {
                board.Remove(active);
            }

            await active.Ended;
        }

        folder.Of(id).Delete();
        return Results.Ok(new DeletedVideo(id));
    }

    private static async Task<IResult> GetContentAsync(HttpContext context, string id, JobStore store, DataFolder folder) =>
        Content(await FindAsync(context, id, store), folder);

    private static async Task<IResult> StreamAsync(HttpContext context, string id, JobStore store, JobBoard board, DataFolder folder)
    {
        VideoJob job = await FindAsync(context, id, store);
        if (job.Status is JobStatus.Queued or JobStatus.InProgress && board.Find(id) is { } active)
        {
            try
            {
                if (await active.Video.OpenAsync(context.RequestAborted) is { } reader)
                {
                    return new GrowingResult(active.Video, reader);
                }
            }
            catch (IOException)
            {
                // It ended without a first byte; what is kept of it says how.
            }
        }

        // It may have ended meanwhile.
        return Content(await FindAsync(context, id, store), folder);
    }

    private static async Task<VideoJob> FindAsync(HttpContext context, string id, JobStore store) =>
        VideoJob.IsId(id) && await store.FindAsync(Access.OwnerOf(context), id, context.RequestAborted) is { } job ? job : throw ApiException.NotFound("video");

    private static IResult Content(VideoJob job, DataFolder folder) => job.Status switch
    {
        JobStatus.Completed => Results.File(
            folder.Of(job.Id).Video, VideoType, lastModified: job.CompletedAt, entityTag: new EntityTagHeaderValue($"\"{job.Id}\""), enableRangeProcessing: true),
        JobStatus.Failed => throw new ApiException(StatusCodes.Status409Conflict, job.Failure!.Code, $"There is no video: {job.Failure.Message}"),
        _ => throw new ApiException(
            StatusCodes.Status409Conflict, "not_ready", "The video is not complete. Ask for /stream to get it while it is made.", TimeSpan.FromSeconds(1)),
    };

    /// <summary>Sends a video while it is written. A video that fails on the way ends the connection, so that nobody takes it for whole.</summary>
    private sealed class GrowingResult(GrowingVideo video, FileStream reader) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            await using FileStream opened = reader;
            httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            httpContext.Response.ContentType = VideoType;
            httpContext.Response.Headers.CacheControl = "no-store";
            try
            {
                await video.CopyAsync(opened, httpContext.Response.Body, httpContext.RequestAborted);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException)
            {
                httpContext.Abort();
            }
        }
    }
}
