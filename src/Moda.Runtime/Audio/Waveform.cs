namespace Moda.Runtime.Audio;

/// <summary>Speech as every network here takes it: mono, 16 kHz, full scale -1..1.</summary>
/// <param name="Samples">The samples, front to back.</param>
public readonly record struct Waveform(ReadOnlyMemory<float> Samples)
{
    /// <summary>Samples in a second.</summary>
    public const int SampleRate = 16000;

    /// <summary>How long the samples last.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);

    /// <summary>Reads a whole audio file. Long ones are better read piece by piece: <see cref="SoundTrack.OpenSpeech"/>.</summary>
    /// <param name="path">A WAV file, or any file that ffmpeg reads.</param>
    /// <param name="cancellationToken">Stops the reading and ends ffmpeg.</param>
    /// <inheritdoc cref="AudioFile.OpenAsync" path="/exception"/>
    public static Task<Waveform> ReadAsync(string path, CancellationToken cancellationToken = default) => Task.Run(
        async () => await ReadToEndAsync(
            await AudioFile.OpenAsync(path, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Takes mono samples of any rate.</summary>
    /// <param name="samples">Mono, full scale -1..1.</param>
    /// <param name="sampleRate">Samples in a second, from <see cref="Resampler.LowestRate"/> to <see cref="Resampler.HighestRate"/>.</param>
    public static Task<Waveform> ResampleAsync(ReadOnlyMemory<float> samples, int sampleRate) => Task.Run(
        () => ReadToEndAsync(Resampler.Resample(new MemorySampleReader(samples, sampleRate, "the samples")), CancellationToken.None));

    /// <summary>Reads the samples from their start.</summary>
    /// <param name="description">What they are, for messages.</param>
    public ISampleReader OpenReader(string description = "the waveform") => new MemorySampleReader(Samples, SampleRate, description);

    private static async Task<Waveform> ReadToEndAsync(ISampleReader reader, CancellationToken cancellationToken)
    {
        await using (reader.ConfigureAwait(false))
        {
            return new Waveform(await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false));
        }
    }
}
