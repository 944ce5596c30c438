using Moda.Runtime.Audio;

namespace Moda.Onnx.Voices;

/// <summary>
/// Separates a voice from the music and the noise around it, by a network of the MDX kind through ONNX Runtime. The network is the user's file;
/// the reference's is Kim_Vocal_2.onnx.
/// </summary>
/// <remarks>
/// Members may be called by several threads at once; each separation has about 50 MB of buffers besides what ONNX Runtime takes, whatever the
/// length of the sound. Dispose it after its separations.
/// </remarks>
public sealed class VocalSeparator : IDisposable
{
    /// <summary>Louder sound is scaled down to this, before the network and after it.</summary>
    private const float LargestPeak = 0.9f;

    private readonly VocalNetwork network;
    private readonly VocalSeparatorOptions options;

    /// <summary>Loads a network.</summary>
    /// <param name="path">An ONNX file with one input and one output [N, 4, 3072, frames], or as <paramref name="options"/> say.</param>
    /// <param name="options">What it was trained for and where it runs; left out for Kim_Vocal_2.onnx on the CPU.</param>
    /// <exception cref="OnnxModelException">
    /// The file is missing, damaged or another model, or ONNX Runtime or its CUDA provider isn't there; the message says what was found and expected.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public VocalSeparator(string path, VocalSeparatorOptions? options = null)
    {
        this.options = options ?? new VocalSeparatorOptions();
        this.options.Require();
        network = new VocalNetwork(path, this.options);
    }

    /// <summary>Whether this ONNX Runtime can run networks on NVIDIA GPUs.</summary>
    public static bool HasCuda => OnnxModel.HasCuda;

    /// <summary>
    /// Separates the voice of a sound. The sound stays as it is, for the video; the voice is for <see cref="SoundTrack.OpenSpeech"/>. It is read
    /// twice, once for its peak, and the voice is kept in a temporary file.
    /// </summary>
    /// <param name="sound">Of any rate and number of channels; not disposed before the voice is there.</param>
    /// <param name="progress">Told how much of the sound is done, up to its duration; null where nobody is told.</param>
    /// <param name="cancellationToken">Stops the separation, also within a chunk.</param>
    /// <returns>The voice: as long as the sound, 44.1 kHz, two channels. The caller disposes it.</returns>
    /// <exception cref="OnnxModelException">The network can't be run, or gives values that are not finite.</exception>
    /// <exception cref="AudioException">There is no room for the voice in the folder for temporary files.</exception>
    public Task<SoundTrack> SeparateAsync(SoundTrack sound, IProgress<TimeSpan>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => SeparateOnThisThreadAsync(sound, progress, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private async Task<SoundTrack> SeparateOnThisThreadAsync(SoundTrack sound, IProgress<TimeSpan>? progress, CancellationToken cancellationToken)
    {
        float scale = await ScaleOfAsync(sound, cancellationToken).ConfigureAwait(false);
        var vocals = new VocalReader(network, new StereoReader(sound), scale, options, progress);
        await using (vocals.ConfigureAwait(false))
        {
            return await SoundTrack.KeepAsync(vocals, LargestPeak, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<float> ScaleOfAsync(SoundTrack sound, CancellationToken cancellationToken)
    {
        var mix = new StereoReader(sound);
        await using (mix.ConfigureAwait(false))
        {
            float peak = await mix.MeasurePeakAsync(cancellationToken).ConfigureAwait(false);
            return peak > LargestPeak ? LargestPeak / peak : 1;
        }
    }
}
