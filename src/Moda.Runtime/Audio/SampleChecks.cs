using Moda.Runtime.Options;

namespace Moda.Runtime.Audio;

/// <summary>Refuses samples that cannot be used as speech.</summary>
internal static class SampleChecks
{
    /// <summary>Refuses NaN and infinite samples.</summary>
    /// <param name="description">The source of the samples.</param>
    /// <param name="samples">Samples of one channel, or interleaved samples of several.</param>
    /// <param name="start">The time of the first sample.</param>
    /// <param name="samplesPerSecond">Samples per second of all channels together.</param>
    /// <exception cref="AudioException">A sample is NaN or infinite. The message gives its time.</exception>
    public static void RequireFinite(string description, ReadOnlySpan<float> samples, TimeSpan start, int samplesPerSecond)
    {
        for (int n = 0; n < samples.Length; n++)
        {
            if (!float.IsFinite(samples[n]))
            {
                double time = start.TotalSeconds + (double)n / samplesPerSecond;
                throw new AudioException(FormattableString.Invariant(
                    $"{description} holds a sample that is not a finite number at {time:0.000} s. Export it again from its source."));
            }
        }
    }

    /// <summary>Refuses files with more channels than any recording has, because their blocks would use too much memory.</summary>
    /// <exception cref="AudioException">There are too many channels.</exception>
    public static void RequireChannels(string description, int channels)
    {
        const int Most = 64;
        if (channels > Most)
        {
            throw new AudioException($"{description} has {channels} channels; 1 to {Most} can be read.");
        }
    }

    /// <summary>Refuses audio that is shorter than a video frame.</summary>
    /// <param name="description">The source of the samples.</param>
    /// <param name="count">The number of samples of each channel.</param>
    /// <param name="sampleRate">Samples per second of each channel.</param>
    /// <exception cref="AudioException">There are too few samples.</exception>
    public static void RequireFrame(string description, long count, int sampleRate)
    {
        if (count == 0)
        {
            throw new AudioException($"{description} holds no samples.");
        }
        if (count * GenerationOptions.FramesPerSecond < sampleRate)
        {
            double seconds = (double)count / sampleRate;
            throw new AudioException(FormattableString.Invariant(
                $"{description} is {seconds:0.####} s long; it takes at least 0.04 s, one video frame."));
        }
    }
}
