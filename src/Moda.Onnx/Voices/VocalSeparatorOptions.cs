namespace Moda.Onnx.Voices;

/// <summary>What a network for vocals was trained for, and where it runs. As they are, they fit Kim_Vocal_2.onnx on the CPU.</summary>
public sealed record VocalSeparatorOptions
{
    /// <summary>Samples in a Fourier transform: an even product of 2, 3 and 5, 2048 to 65536. A file does not say it; its source does (<c>mdx_n_fft_scale_set</c>).</summary>
    public int FftLength { get; init; } = 7680;

    /// <summary>Frequencies that the network takes, from the lowest on (<c>mdx_dim_f_set</c>): 4 to FftLength / 2. Files with another number are refused.</summary>
    public int Frequencies { get; init; } = 3072;

    /// <summary>What the vocals are multiplied by (<c>compensate</c>), above 0 and up to 10: a network gives them a little too quiet.</summary>
    public float Compensation { get; init; } = 1.009f;

    /// <summary>Threads that run the network, 0 to 1024; 0 for as many as there are cores.</summary>
    public int Threads { get; init; }

    /// <summary>The number of the NVIDIA GPU that runs the network, by ONNX Runtime's CUDA provider; null for the CPU.</summary>
    public int? CudaDevice { get; init; }

    /// <summary>Refuses values that mean nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of its range.</exception>
    internal void Require()
    {
        if (FftLength is < 2048 or > 65536 || FftLength % 2 != 0 || !FourierTransform.Takes(FftLength))
        {
            throw new ArgumentOutOfRangeException(nameof(FftLength), FftLength, "FftLength must be an even product of 2, 3 and 5 from 2048 to 65536.");
        }

        if (Frequencies < 4 || Frequencies > FftLength / 2)
        {
            throw new ArgumentOutOfRangeException(nameof(Frequencies), Frequencies, $"Frequencies must be from 4 to half of FftLength, {FftLength / 2}.");
        }

        if (!(Compensation is > 0 and <= 10))
        {
            throw new ArgumentOutOfRangeException(nameof(Compensation), Compensation, "Compensation must be above 0 and up to 10.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Threads, 1024);
        ArgumentOutOfRangeException.ThrowIfNegative(CudaDevice ?? 0, nameof(CudaDevice));
    }
}
