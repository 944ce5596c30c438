using Microsoft.Extensions.Options;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using Moda.Web.Jobs;
using Moda.Web.Uploads;

namespace Moda.Web.Api;

/// <summary>Takes requests for videos: receives them to disk, looks at them, and queues them.</summary>
internal sealed class VideoRequests(
    DataFolder folder, JobStore store, JobBoard board, VideoKinds kinds, TimeProvider time, IOptions<ServiceOptions> options)
{
    private const string KeyHeader = "Idempotency-Key";
    private const int LongestKey = 255;
    private static readonly TimeSpan QueueRetry = TimeSpan.FromSeconds(15);

    /// <summary>Takes one.</summary>
    /// <param name="kind">What kind of video.</param>
    /// <param name="request">The form.</param>
    /// <param name="owner">Who sends it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The job, and whether it is that of an earlier request with the same idempotency key.</returns>
    /// <exception cref="ApiException">It cannot be taken.</exception>
    public async Task<(VideoJob Job, bool IsReplay)> TakeAsync(VideoKind kind, HttpRequest request, string owner, CancellationToken cancellationToken)
    {
        string? key = KeyOf(request);
        if (board.Count >= options.Value.MaxQueued)
        {
            throw ApiException.TooMany("queue_full", $"{board.Count} videos wait or are being made, as many as may. Try again later.", QueueRetry);
        }

        IVideoKind wanted = kinds[kind];
        using UploadFolder upload = folder.CreateUpload();
        UploadForm form = await UploadForm.ReceiveAsync(request, upload.Inputs.Folder, wanted.Files, cancellationToken);
        string hash = form.Hash();
        if (key is not null && await store.FindByKeyAsync(owner, key, cancellationToken) is { } known)
        {
            return (Replay(known, hash), true);
        }

        VideoOptions chosen = wanted.ReadOptions(form.Texts);

        // What cannot become a video is refused at once, not when its turn has come.
        VideoLength length = await wanted.LookAsync(upload.Inputs, chosen, cancellationToken);
        var job = new VideoJob
        {
            Id = VideoJob.NewId(),
            Owner = owner,
            CreatedAt = time.GetUtcNow(),
            Options = chosen,
            Duration = length.Duration,
            Frames = length.Frames,
            IdempotencyKey = key,
            RequestHash = hash,
        };
        return await QueueAsync(job, upload);
    }

    private static string? KeyOf(HttpRequest request)
    {
        string key = request.Headers[KeyHeader].ToString();
        return key.Length == 0 ? null
            : key.Length <= LongestKey && key.All(character => character is > ' ' and <= '~') ? key
            : throw ApiException.Unusable("invalid_idempotency_key", $"{KeyHeader} has 1 to {LongestKey} visible ASCII characters.");
    }

    private static VideoJob Replay(VideoJob known, string hash) => known.RequestHash == hash ? known
        : throw ApiException.Unusable("idempotency_mismatch", $"Another request was sent with this {KeyHeader} before. Take a new one for each video.");

    // From here on the request is no longer cancelled: the job is there whole or not at all.
    private async Task<(VideoJob Job, bool IsReplay)> QueueAsync(VideoJob job, UploadFolder upload)
    {
        folder.Of(job.Id).Adopt(upload);
        ActiveJob active = board.Add(job.Id);
        VideoJob? earlier;
        try
        {
            earlier = await store.AddAsync(job, CancellationToken.None);
        }
        catch
        {
            board.Remove(active);
            folder.Of(job.Id).Delete();
            throw;
        }

        if (earlier is null)
        {
            board.Announce();
            return (job, false);
        }

        board.Remove(active);
        folder.Of(job.Id).Delete();
        return (Replay(earlier, job.RequestHash), true);
    }
}
