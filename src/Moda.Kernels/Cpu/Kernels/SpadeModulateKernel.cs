using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="IFusedSpade.SpadeModulate"/>; the item is a row of the output image.</summary>
internal unsafe struct SpadeModulateKernel : IActivatedKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Statistics;
    public required int StatisticsStride;
    public required float* GammaBeta;
    public required int GammaBetaStride;

    /// <summary>Whether the betas follow the gammas; they are 0 where not.</summary>
    public required bool HasBeta;
    public required float* Output;
    public required int OutputStride;

    /// <summary>Rows of an output image.</summary>
    public required int Height;

    /// <summary>Positions of an input row.</summary>
    public required int InputWidth;
    public required int Upsample;
    public required int Channels;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            int image = row / Height;
            float* means = Statistics + (long)image * 2 * StatisticsStride;
            float* deviations = means + StatisticsStride;
            long inputRow = (long)image * (Height / Upsample) + row % Height / Upsample;
            float* input = Input + inputRow * InputWidth * InputStride;
            long position = (long)row * InputWidth * Upsample;
            float* gammaBeta = GammaBeta + position * GammaBetaStride;
            float* output = Output + position * OutputStride;
            int width = InputWidth * Upsample;
            for (int x = 0; x < width; x++, gammaBeta += GammaBetaStride, output += OutputStride)
            {
                ModulatePosition<TVector, TActivation>(
                    input + (long)(x / Upsample) * InputStride, means, deviations, gammaBeta, output, activation);
            }
        }
    }

    private readonly void ModulatePosition<TVector, TActivation>(
        float* input, float* means, float* deviations, float* gamma, float* output, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        TVector one = TVector.Broadcast(1);
        float* beta = gamma + Channels;
        for (int c = 0; c < Channels; c += TVector.Count)
        {
            int channels = Math.Min(Channels - c, TVector.Count);
            TVector normalized = (ChannelVector.Load<TVector>(input + c, channels) - ChannelVector.Load<TVector>(means + c, channels))
                * ChannelVector.Load<TVector>(deviations + c, channels);
            TVector shift = HasBeta ? ChannelVector.Load<TVector>(beta + c, channels) : default;
            TVector y = TVector.MultiplyAdd(normalized, ChannelVector.Load<TVector>(gamma + c, channels) + one, shift);
            ChannelVector.Store(activation.Invoke(y), output + c, channels);
        }
    }
}
