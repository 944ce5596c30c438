using System.Runtime.CompilerServices;

namespace Moda.Runtime.Audio;

/// <summary>
/// Mixes all channels to one by their mean, as the reference's reader does. When channels in opposite phase cancel each other in the mean,
/// the sign of those channels is inverted first.
/// </summary>
/// <remarks>
/// Channels are compared over about the last tenth of a second, so the mixer follows a voice that changes its phase in the middle of a
/// file. A change of signs is cross-faded, so that it does not click. The result does not depend on how the samples are divided into calls.
/// In this class an instant is one sample of each channel.
/// </remarks>
internal sealed class ChannelMixer
{
    /// <summary>The number of instants between two comparisons of the channels: 1.5 ms at 44.1 kHz.</summary>
    private const int Step = 64;

    /// <summary>The time constant of the energies, in seconds. It covers several periods of any voice.</summary>
    private const double MemorySeconds = 0.05;

    /// <summary>The number of instants over which a change of signs is cross-faded.</summary>
    private const int FadeLength = 256;

    /// <summary>
    /// Channels cancel each other when the energy of their sum, divided by the energy of the loudest channel, is below this value. A voice
    /// in only one channel has the value 1. Two unrelated channels have the value 2.
    /// </summary>
    private const double CancellingShare = 0.5;

    /// <summary>A channel becomes the one that the others are compared with when its energy is this many times larger.</summary>
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

    /// <summary>Starts with the plain mean of all channels.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="sampleRate">Samples per second of each channel.</param>
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

    /// <summary>Mixes the samples that follow those of the previous call.</summary>
    /// <param name="samples">[count, channels].</param>
    /// <param name="mono">[count]. It may be the start of <paramref name="samples"/>.</param>
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

    // A minute has millions of samples, and they are read before anything else happens. The method is therefore optimised from its first
    // call on.
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

    /// <summary>Sets new signs. The energy is the estimate for the sum with these signs, until it is measured.</summary>
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
