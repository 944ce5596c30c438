using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Moda.Samples.TextToSpeech;

/// <summary>Speech by espeak-ng, which has to be installed. Any other client of Microsoft.Extensions.AI takes its place.</summary>
internal sealed class EspeakClient : ITextToSpeechClient
{
    /// <inheritdoc/>
    public async Task<TextToSpeechResponse> GetAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".wav");
        try
        {
            using Process program = Process.Start("espeak-ng", ["-v", options?.VoiceId ?? "en", "-w", path, "--", text]);
            await program.WaitForExitAsync(cancellationToken);
            if (program.ExitCode != 0)
            {
                throw new InvalidOperationException($"espeak-ng ended with {program.ExitCode}.");
            }

            return new TextToSpeechResponse([new DataContent(await File.ReadAllBytesAsync(path, cancellationToken), "audio/wav")]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (TextToSpeechResponseUpdate update in (await GetAudioAsync(text, options, cancellationToken)).ToTextToSpeechResponseUpdates())
        {
            yield return update;
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
