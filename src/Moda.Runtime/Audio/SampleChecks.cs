using Moda.Runtime.Options;

namespace Moda.Runtime.Audio;

/// <summary>What makes samples unusable as speech.</summary>
internal static class SampleChecks
{
    /// <summary>Refuses NaN and infinite samples.</summary>
    /// <param name="description">What the samples come from.</param>
    /// <param name="samples">Of one channel, or of several in turn.</param>
    /// <param name="start">The first sample's time.</param>
    /// <param name="samplesPerSecond">Of all channels together.</param>
    /// <exception cref="AudioException">A sample is not finite; the message has its time.</exception>
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

    /// <summary>Refuses files of more channels than any recording has; their blocks would take the memory.</summary>
    /// <exception cref="AudioException">There are too many.</exception>
    public static void RequireChannels(string description, int channels)
    {
        const int Most = 64;
        if (channels > Most)
        {
            throw new AudioException($"{description} has {channels} channels; 1 to {Most} can be read.");
        }
    }

    /// <summary>Refuses what is shorter than a video frame.</summary>
    /// <param name="description">What the samples come from.</param>
    /// <param name="count">Samples of a channel.</param>
    /// <param name="sampleRate">Samples of a channel in a second.</param>
    /// <exception cref="AudioException">There are too few.</exception>
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
