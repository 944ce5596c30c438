using System.Runtime.CompilerServices;

namespace Moda.Runtime.Audio;

/// <summary>
/// Mixes all channels to one by their mean, as the reference's reader does it. Where the mean loses what the channels carry, since some
/// are in opposite phase to others, those are turned around first.
/// </summary>
/// <remarks>
/// Channels are compared over about the last tenth of a second, so that a voice which changes its phase in the middle of a file is followed; a
/// turn is faded in. The result does not depend on how the samples are cut into calls.
/// </remarks>
internal sealed class ChannelMixer
{
    /// <summary>Instants between two looks at the energies: 1.5 ms at 44.1 kHz.</summary>
    private const int Step = 64;

    /// <summary>How long energies count, in seconds: several periods of any voice.</summary>
    private const double MemorySeconds = 0.05;

    /// <summary>Instants that a turn takes.</summary>
    private const int FadeLength = 256;

    /// <summary>
    /// The energy of the sum over that of its loudest channel below which channels cancel each other. A voice in one channel alone has 1,
    /// two that have nothing in common have 2.
    /// </summary>
    private const double CancellingShare = 0.5;

    /// <summary>How much louder a channel must be to become the one that others are compared with.</summary>
    private const double LeaderMargin = 4;

    private readonly int channels;
    private readonly double[] signs;
    private readonly double[] earlierSigns;
    private readonly double[] energies;
    private readonly double[] products;
    private readonly double memory;
    private double plainEnergy;
    private double turnedEnergy;
    private int leader;
    private int counted;
    private int fadeLeft;
    private bool isTurned;

    /// <summary>Begins with the mean.</summary>
    /// <param name="channels">Samples that are heard at once.</param>
    /// <param name="sampleRate">Samples of a channel in a second.</param>
    public ChannelMixer(int channels, int sampleRate)
    {
        memory = Math.Exp(-Step / (MemorySeconds * sampleRate));
        this.channels = channels;
        signs = new double[channels];
        earlierSigns = new double[channels];
        energies = new double[channels];
        products = new double[channels];
        Array.Fill(signs, 1);
        Array.Fill(earlierSigns, 1);
    }

    /// <summary>Mixes the samples that follow those of the call before.</summary>
    /// <param name="samples">[count, channels].</param>
    /// <param name="mono">[count]; may be the start of <paramref name="samples"/>.</param>
    public void Mix(ReadOnlySpan<float> samples, Span<float> mono)
    {
        if (channels == 1)
        {
            samples.CopyTo(mono);
            return;
        }

        while (!mono.IsEmpty)
        {
            int count = Math.Min(Step - counted, mono.Length);
            MixPart(samples[..(count * channels)], mono[..count]);
            samples = samples[(count * channels)..];
            mono = mono[count..];
            counted += count;
            if (counted == Step)
            {
                counted = 0;
                Compare();
            }
        }
    }

    // A minute is millions of samples, read before anything else happens: compiled well from the first call on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MixPart(ReadOnlySpan<float> samples, Span<float> mono)
    {
        for (int n = 0; n < mono.Length; n++)
        {
            ReadOnlySpan<float> instant = samples.Slice(n * channels, channels);
            double leading = instant[leader];
            double sum = 0;
            double turned = 0;
            double earlier = 0;
            for (int channel = 0; channel < instant.Length; channel++)
            {
                double sample = instant[channel];
                sum += sample;
                turned += signs[channel] * sample;
                earlier += earlierSigns[channel] * sample;
                energies[channel] += sample * sample;
                products[channel] += sample * leading;
            }

            plainEnergy += sum * sum;
            turnedEnergy += turned * turned;
            if (fadeLeft > 0)
            {
                turned += (earlier - turned) * fadeLeft / FadeLength;
                fadeLeft--;
            }

            mono[n] = (float)(turned / channels);
        }
    }

    private void Compare()
    {
        int loudest = energies.AsSpan().IndexOf(energies.Max());
        double loudestEnergy = energies[Math.Max(loudest, 0)];
        if (loudestEnergy > LeaderMargin * energies[leader])
        {
            leader = loudest;
            Array.Clear(products);
        }
        else if (!isTurned && plainEnergy < CancellingShare * loudestEnergy)
        {
            Turn(channel => products[channel] < 0 ? -1 : 1, loudestEnergy);
        }
        else if (isTurned && plainEnergy > 2 * turnedEnergy)
        {
            Turn(_ => 1, plainEnergy);
        }
        else if (isTurned && turnedEnergy < CancellingShare * loudestEnergy)
        {
            Turn(channel => products[channel] < 0 ? -1 : 1, loudestEnergy);
        }

        plainEnergy *= memory;
        turnedEnergy *= memory;
        for (int channel = 0; channel < channels; channel++)
        {
            energies[channel] *= memory;
            products[channel] *= memory;
        }
    }

    /// <summary>Takes other signs, and an energy that the turned sum is supposed to have had with them.</summary>
    private void Turn(Func<int, double> signOf, double energy)
    {
        signs.CopyTo(earlierSigns, 0);
        isTurned = false;
        for (int channel = 0; channel < channels; channel++)
        {
            signs[channel] = signOf(channel);
            isTurned |= signs[channel] < 0;
        }

        turnedEnergy = energy;
        fadeLeft = FadeLength;
    }
}
