using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using Moda.Web.Jobs;
using Moda.Web.Media;
using Moda.Web.Portraits;
using Moda.Web.Uploads;

namespace Moda.Web.Api;

/// <summary>Takes requests for videos: receives them to disk, looks at them, and queues them.</summary>
internal sealed class VideoRequests(
    DataFolder folder, JobStore store, JobBoard board, MediaReader media, ITalkingHeadClient client, TimeProvider time, IOptions<ServiceOptions> options)
{
    private const string KeyHeader = "Idempotency-Key";
    private const int LongestKey = 255;
    private static readonly TimeSpan QueueRetry = TimeSpan.FromSeconds(15);

    /// <summary>Takes one.</summary>
    /// <param name="request">The form.</param>
    /// <param name="owner">Who sends it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The job, and whether it is that of an earlier request with the same idempotency key.</returns>
    /// <exception cref="ApiException">It cannot be taken.</exception>
    public async Task<(VideoJob Job, bool IsReplay)> TakeAsync(HttpRequest request, string owner, CancellationToken cancellationToken)
    {
        ServiceOptions limits = options.Value;
        string? key = KeyOf(request);
        if (board.Count >= limits.MaxQueued)
        {
            throw ApiException.TooMany("queue_full", $"{board.Count} videos wait or are being made, as many as may. Try again later.", QueueRetry);
        }

        using UploadFolder upload = folder.CreateUpload();
        UploadForm form = await UploadForm.ReceiveAsync(
            request,
            new Dictionary<string, (string, long)>
            {
                ["portrait"] = (upload.Portrait, limits.LargestPortraitBytes),
                ["voice"] = (upload.Voice, limits.LargestVoiceBytes),
            },
            cancellationToken);
        string hash = form.Hash();
        if (key is not null && await store.FindByKeyAsync(owner, key, cancellationToken) is { } known)
        {
            return (Replay(known, hash), true);
        }

        var job = new VideoJob
        {
            Id = VideoJob.NewId(),
            Owner = owner,
            CreatedAt = time.GetUtcNow(),
            Options = OptionFields.Read(form.Texts),
            VoiceDuration = default,
            IdempotencyKey = key,
            RequestHash = hash,
        };
        job = job with { VoiceDuration = await LookAsync(upload, job.Options, cancellationToken) };
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

    // What cannot become a video is refused at once, not when its turn has come.
    private async Task<TimeSpan> LookAsync(UploadFolder upload, VideoOptions wanted, CancellationToken cancellationToken)
    {
        TalkingHeadEngine engine = PortraitShelf.EngineOf(client);
        if (wanted.PasteBack == PasteBackMode.FaceMask && !engine.HasFaceParser)
        {
            throw ApiException.Unusable("invalid_options", "'paste_back' cannot be face_mask: the service's weights have no face parser.");
        }

        await media.LookAtPortraitAsync(
            upload.Portrait, async picture => wanted.ToFaceChoice().Choose(picture, await engine.FindFacesAsync(picture, cancellationToken)), cancellationToken);
        await using SoundTrack voice = await media.ReadVoiceAsync(upload.Voice, cancellationToken);
        return voice.Duration;
    }

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
