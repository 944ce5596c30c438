using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using Moda.Web.Jobs;
using Moda.Web.Media;
using Moda.Web.Uploads;

namespace Moda.Web.Portraits;

/// <summary>
/// Pictures that clients have uploaded to pose them and to speak through them live. They lie in the data folder and are forgotten some time after
/// their last use, and when the service ends.
/// </summary>
internal sealed class PortraitShelf(DataFolder folder, MediaReader media, ITalkingHeadClient client, TimeProvider time, IOptions<ServiceOptions> options)
{
    private const int MostPortraits = 200;

    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    private TimeSpan Lifetime => TimeSpan.FromMinutes(options.Value.KeepPortraitMinutes);

    /// <summary>Receives a picture and finds its faces.</summary>
    /// <exception cref="ApiException">It cannot be taken.</exception>
    public async Task<PortraitResource> TakeAsync(HttpRequest request, string owner, CancellationToken cancellationToken)
    {
        Sweep();
        if (entries.Count >= MostPortraits)
        {
            throw ApiException.TooMany("too_many_portraits", $"{MostPortraits} portraits are kept, as many as may. The oldest is forgotten soon.", TimeSpan.FromMinutes(1));
        }

        using UploadFolder upload = folder.CreateUpload();
        UploadForm form = await UploadForm.ReceiveAsync(
            request, upload.Inputs.Folder, new Dictionary<string, long> { [InputFiles.PortraitName] = options.Value.LargestPortraitBytes }, cancellationToken);
        if (form.Texts.Count > 0)
        {
            throw ApiException.Unusable("unknown_field", "The form has one file, portrait, and no texts.");
        }

        PortraitResource found = await media.LookAtPictureAsync(
            upload.Inputs.Portrait, InputFiles.PortraitName, async picture => Describe(picture, await EngineOf(client).FindFacesAsync(picture, cancellationToken)), cancellationToken);
        File.Move(upload.Inputs.Portrait, folder.PortraitOf(found.Id));
        entries[found.Id] = new Entry(owner, time.GetUtcNow());
        return found;
    }

    /// <summary>Prepares a portrait for a pose or a live session.</summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="id">Its name.</param>
    /// <param name="face">Which face.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The portrait; the caller disposes it.</returns>
    /// <exception cref="ApiException">There is no such portrait.</exception>
    /// <exception cref="FaceNotFoundException">It has no such face.</exception>
    public async Task<PreparedPortrait> PrepareAsync(string owner, string id, FaceChoice face, CancellationToken cancellationToken)
    {
        if (!entries.TryGetValue(id, out Entry? entry) || entry.Owner != owner)
        {
            throw ApiException.NotFound("portrait");
        }

        entry.LastUse = time.GetUtcNow();
        return await media.LookAtPictureAsync(
            folder.PortraitOf(id), InputFiles.PortraitName, picture => EngineOf(client).PrepareAsync(picture, face, cancellationToken: cancellationToken), cancellationToken);
    }

    /// <summary>The engine.</summary>
    /// <exception cref="ApiException">The service is being stopped.</exception>
    public static TalkingHeadEngine EngineOf(ITalkingHeadClient client) => client.GetService<TalkingHeadEngine>()
        ?? throw new ApiException(StatusCodes.Status503ServiceUnavailable, "stopping", "The service is being stopped.", TimeSpan.FromSeconds(10));

    private PortraitResource Describe(RgbImage picture, IReadOnlyList<DetectedFace> faces)
    {
        DetectedFace? largest = faces.Count == 0 ? null : default(FaceChoice).Choose(picture, faces);
        return new PortraitResource
        {
            Id = Guid.NewGuid().ToString("N"),
            Width = picture.Width,
            Height = picture.Height,
            Faces =
            [
                .. NumberedFace.LeftToRight(faces).Select(face => new FaceResource(
                    face.Number, face.Face.Box.X, face.Face.Box.Y, face.Face.Box.Width, face.Face.Box.Height, face.Face.Score, face.Face == largest)),
            ],
            ExpiresAt = time.GetUtcNow().Add(Lifetime).ToUnixTimeSeconds(),
        };
    }

    private void Sweep()
    {
        DateTimeOffset oldest = time.GetUtcNow() - Lifetime;
        foreach ((string id, Entry entry) in entries)
        {
            if (entry.LastUse < oldest && entries.TryRemove(id, out _))
            {
                File.Delete(folder.PortraitOf(id));
            }
        }
    }

    private sealed class Entry(string owner, DateTimeOffset now)
    {
        public string Owner { get; } = owner;

        public DateTimeOffset LastUse { get; set; } = now;
    }
}
