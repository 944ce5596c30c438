// Streams talking videos to a browser while their frames are made.
//
//   dotnet run --project samples/Web        then open http://localhost:5000
//
// A browser uploads a portrait and a voice (POST /talks) and plays the video at the address of the answer (GET /talks/ID).
// A real service also needs authentication, limits for uploads, and a time after which uploads that nobody plays are disposed.

using System.Collections.Concurrent;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Samples.Web;
using Moda.Weights;

WebApplication app = WebApplication.Create(args);
await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync();
var talks = new ConcurrentDictionary<Guid, Talk>();

app.MapGet("/", () => Results.Content(Page.Html, "text/html"));

app.MapPost("/talks", async (IFormFile image, IFormFile audio, CancellationToken cancellation) =>
{
    try
    {
        var bytes = new MemoryStream();
        await image.CopyToAsync(bytes, cancellation);
        RgbImage picture = ImageFile.Decode(bytes.ToArray(), image.FileName);
        PreparedPortrait portrait = await engine.PrepareAsync(picture, cancellationToken: cancellation);
        SoundTrack voice = await SoundTrack.DecodeAsync(audio.OpenReadStream(), cancellationToken: cancellation);
        var id = Guid.NewGuid();
        talks[id] = new Talk(portrait, voice);
        return Results.Created($"/talks/{id}", null);
    }
    catch (ModaException error)
    {
        return Results.BadRequest(error.Message);
    }
}).DisableAntiforgery();

app.MapGet("/talks/{id:guid}", async (Guid id, HttpResponse response, CancellationToken cancellation) =>
{
    if (!talks.TryRemove(id, out Talk? talk))
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        return;
    }

    using PreparedPortrait portrait = talk.Portrait;
    await using SoundTrack voice = talk.Voice;
    await using TalkingClip clip = engine.Speak(portrait, voice);
    response.ContentType = "video/mp4";
    await using IVideoSink sink = await VideoOutput.OpenAsync(
        response.Body, StreamContainer.FragmentedMp4, clip.Format, voice, cancellationToken: cancellation);
    await foreach (VideoFrame frame in clip.WithCancellation(cancellation))
    {
        await sink.WriteAsync(frame, cancellation);
    }

    await sink.CompleteAsync(cancellation);
});

await app.RunAsync();
