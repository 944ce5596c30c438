using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Weights;

namespace Moda.Samples.FolderWorker;

/// <summary>
/// Makes a video of each .wav file in the inbox. A finished voice moves to the outbox beside its video, and a voice that cannot be used
/// moves there with the extension .failed.
/// </summary>
/// <remarks>
/// Programs that write to the inbox must use a temporary name and rename a file when it is complete. After a crash the voice is still in the
/// inbox, so its video is made again.
/// </remarks>
internal sealed partial class VoiceWorker(IConfiguration configuration, ILogger<VoiceWorker> logger) : BackgroundService
{
    private readonly string inbox = Required(configuration, "inbox");
    private readonly string outbox = Required(configuration, "outbox");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Directory.CreateDirectory(inbox);
        Directory.CreateDirectory(outbox);
        await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(cancellationToken: stoppingToken);
        using PreparedPortrait portrait = await engine.PrepareAsync(Required(configuration, "portrait"), cancellationToken: stoppingToken);
        LogReady(inbox);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
        {
            foreach (string path in Directory.GetFiles(inbox, "*.wav"))
            {
                await SpeakAsync(engine, portrait, path, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static string Required(IConfiguration configuration, string name) =>
        configuration[name] ?? throw new ArgumentException($"--{name} is needed.");

    private async Task SpeakAsync(TalkingHeadEngine engine, PreparedPortrait portrait, string path, CancellationToken cancellationToken)
    {
        string done = Path.Combine(outbox, Path.GetFileName(path));
        try
        {
            string video = Path.ChangeExtension(done, ".mp4");
            await using SoundTrack voice = await SoundTrack.DecodeAsync(path, cancellationToken: cancellationToken);
            await using TalkingClip clip = engine.Speak(portrait, voice);
            await clip.SaveAsync(video, new VideoOutputOptions { Overwrite = true }, cancellationToken);
            LogDone(video);
        }
        catch (ModaException error)
        {
            LogFailed(path, error.Message);
            done += ".failed";
        }

        File.Move(path, done, overwrite: true);
    }

    [LoggerMessage(LogLevel.Information, "Waiting for .wav files in {Folder}")]
    private partial void LogReady(string folder);

    [LoggerMessage(LogLevel.Information, "{Video} is complete")]
    private partial void LogDone(string video);

    [LoggerMessage(LogLevel.Error, "{Voice} cannot be used: {Reason}")]
    private partial void LogFailed(string voice, string reason);
}
