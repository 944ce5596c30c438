namespace Moda.Onnx.Voices;

/// <summary>
/// Two channels as a network of the MDX kind sees them, and back: short-time Fourier transforms with a periodic Hann window, centred, reflected
/// at both ends, not normalised. The network's tensor is [4, frequencies, frames]: left real, left imaginary, right real, right imaginary.
/// </summary>
/// <remarks>Not for several threads at once: it has buffers of its own.</remarks>
internal sealed class Spectrogram
{
    /// <summary>Channels of sound.</summary>
    public const int Channels = 2;

    /// <summary>Planes of the network's tensor.</summary>
    public const int Planes = 2 * Channels;

    /// <summary>The lowest frequencies, which the network never hears.</summary>
    private const int Silenced = 3;

    private readonly SpectrogramForm form;
    private readonly FourierTransform transform;
    private readonly double[] window;
    private readonly double[] real;
    private readonly double[] imaginary;
    private readonly double[] left;
    private readonly double[] right;
    private readonly double[] weights;

    /// <summary>Prepares transforms.</summary>
    public Spectrogram(SpectrogramForm form)
    {
        this.form = form;
        transform = new FourierTransform(form.FftLength);
        window = new double[form.FftLength];
        real = new double[form.FftLength];
        imaginary = new double[form.FftLength];
        left = new double[form.ChunkLength + form.FftLength];
        right = new double[form.ChunkLength + form.FftLength];
        weights = new double[form.ChunkLength + form.FftLength];
        for (int n = 0; n < window.Length; n++)
        {
            window[n] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / form.FftLength);
        }

        for (int frame = 0; frame < form.Frames; frame++)
        {
            Span<double> covered = weights.AsSpan(frame * SpectrogramForm.Hop, form.FftLength);
            for (int n = 0; n < window.Length; n++)
            {
                covered[n] += window[n] * window[n];
            }
        }
    }

    /// <summary>Transforms a chunk.</summary>
    /// <param name="leftSamples">[chunk].</param>
    /// <param name="rightSamples">[chunk].</param>
    /// <param name="values">[4, frequencies, frames]; the lowest three frequencies are zero.</param>
    public void Analyze(ReadOnlySpan<float> leftSamples, ReadOnlySpan<float> rightSamples, Span<float> values)
    {
        Reflect(leftSamples, left);
        Reflect(rightSamples, right);
        for (int frame = 0; frame < form.Frames; frame++)
        {
            // Both channels in one transform: the spectrum of a real signal is that of its own mirror image, conjugated.
            int start = frame * SpectrogramForm.Hop;
            for (int n = 0; n < window.Length; n++)
            {
                real[n] = left[start + n] * window[n];
                imaginary[n] = right[start + n] * window[n];
            }

            transform.Transform(real, imaginary);
            Split(frame, values);
        }
    }

    /// <summary>Transforms back.</summary>
    /// <param name="values">[4, frequencies, frames]; higher frequencies than those count as zero.</param>
    /// <param name="leftSamples">[chunk].</param>
    /// <param name="rightSamples">[chunk].</param>
    public void Synthesize(ReadOnlySpan<float> values, Span<float> leftSamples, Span<float> rightSamples)
    {
        Array.Clear(left);
        Array.Clear(right);
        for (int frame = 0; frame < form.Frames; frame++)
        {
            Join(frame, values);
            transform.Transform(imaginary, real);
            int start = frame * SpectrogramForm.Hop;
            for (int n = 0; n < window.Length; n++)
            {
                double weight = window[n] / form.FftLength;
                left[start + n] += real[n] * weight;
                right[start + n] += imaginary[n] * weight;
            }
        }

        for (int n = 0; n < form.ChunkLength; n++)
        {
            double weight = weights[form.Margin + n];
            leftSamples[n] = (float)(left[form.Margin + n] / weight);
            rightSamples[n] = (float)(right[form.Margin + n] / weight);
        }
    }

    /// <summary>A chunk with its mirror images on either side, without the samples at which they are mirrored.</summary>
    private void Reflect(ReadOnlySpan<float> samples, Span<double> reflected)
    {
        int margin = form.Margin;
        for (int n = 0; n < samples.Length; n++)
        {
            reflected[margin + n] = samples[n];
        }

        for (int n = 1; n <= margin; n++)
        {
            reflected[margin - n] = samples[n];
            reflected[margin + samples.Length - 1 + n] = samples[^(n + 1)];
        }
    }

    // Z = L + i R, so 2 L[k] = Z[k] + conj(Z[n - k]) and 2 i R[k] = Z[k] - conj(Z[n - k]).
    private void Split(int frame, Span<float> values)
    {
        int plane = form.Frequencies * form.Frames;
        for (int k = 0; k < form.Frequencies; k++)
        {
            int at = k * form.Frames + frame;
            int mirrored = k == 0 ? 0 : form.FftLength - k;
            bool isHeard = k >= Silenced;
            values[at] = isHeard ? (float)((real[k] + real[mirrored]) / 2) : 0;
            values[plane + at] = isHeard ? (float)((imaginary[k] - imaginary[mirrored]) / 2) : 0;
            values[2 * plane + at] = isHeard ? (float)((imaginary[k] + imaginary[mirrored]) / 2) : 0;
            values[3 * plane + at] = isHeard ? (float)((real[mirrored] - real[k]) / 2) : 0;
        }
    }

    // The same backwards; what a real signal can't have, an imaginary part of its mean, is dropped.
    private void Join(int frame, ReadOnlySpan<float> values)
    {
        Array.Clear(real);
        Array.Clear(imaginary);
        int plane = form.Frequencies * form.Frames;
        real[0] = values[frame];
        imaginary[0] = values[2 * plane + frame];
        for (int k = 1; k < form.Frequencies; k++)
        {
            int at = k * form.Frames + frame;
            int mirrored = form.FftLength - k;
            double leftReal = values[at];
            double leftImaginary = values[plane + at];
            double rightReal = values[2 * plane + at];
            double rightImaginary = values[3 * plane + at];
            real[k] = leftReal - rightImaginary;
            imaginary[k] = leftImaginary + rightReal;
            real[mirrored] = leftReal + rightImaginary;
            imaginary[mirrored] = rightReal - leftImaginary;
        }
    }
}
