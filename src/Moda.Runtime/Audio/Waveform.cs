namespace Moda.Runtime.Audio;

/// <summary>Speech in the form that all networks need: mono, 16 kHz, full scale -1..1.</summary>
/// <param name="Samples">The samples in order of time.</param>
public readonly record struct Waveform(ReadOnlyMemory<float> Samples)
{
    /// <summary>Samples per second.</summary>
    public const int SampleRate = 16000;

    /// <summary>The duration of the samples.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);

    /// <summary>
    /// Reads a whole audio file. For long files, read pieces from <see cref="AudioInput.OpenAsync(string, CancellationToken)"/> instead.
    /// </summary>
    /// <param name="path">A WAV file, or any file that ffmpeg reads.</param>
    /// <param name="cancellationToken">Cancels the reading and stops ffmpeg.</param>
    /// <inheritdoc cref="AudioInput.OpenAsync(string, CancellationToken)" path="/exception"/>
    public static Task<Waveform> ReadAsync(string path, CancellationToken cancellationToken = default) => Task.Run(
        async () => await ReadToEndAsync(
            await AudioInput.OpenAsync(path, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Converts mono samples of any rate.</summary>
    /// <param name="samples">Mono, full scale -1..1.</param>
    /// <param name="sampleRate">Samples per second, from <see cref="Resampler.LowestRate"/> to <see cref="Resampler.HighestRate"/>.</param>
    public static Task<Waveform> ResampleAsync(ReadOnlyMemory<float> samples, int sampleRate) => Task.Run(
        () => ReadToEndAsync(Resampler.Resample(new MemorySampleReader(samples, sampleRate, "the samples")), CancellationToken.None));

    /// <summary>Creates a reader that starts at the first sample.</summary>
    /// <param name="description">A description of the samples, for messages.</param>
    public ISampleReader OpenReader(string description = "the waveform") => new MemorySampleReader(Samples, SampleRate, description);

    private static async Task<Waveform> ReadToEndAsync(ISampleReader reader, CancellationToken cancellationToken)
    {
        await using (reader.ConfigureAwait(false))
        {
            return new Waveform(await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false));
        }
    }
}
