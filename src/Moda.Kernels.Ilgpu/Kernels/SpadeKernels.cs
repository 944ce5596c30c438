using ILGPU.Runtime;
using Moda.Kernels.Fused;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>SPADE's modulation: a thread for each element.</summary>
internal sealed class SpadeKernels(Accelerator accelerator)
{
    private readonly Kernel<ModulateArguments> modulate = new(accelerator, ModulateEach);

    /// <summary><see cref="IFusedSpade.SpadeModulate"/>.</summary>
    public void Modulate(IlgpuQueue queue, Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output) =>
        queue.LaunchForElements(modulate, output.Shape.ElementCount, new ModulateArguments(input, statistics, gammaBeta, activation, output));

    // The input is read as if upsampled (nearest) to the output's extents.
    private static void ModulateEach(ModulateArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            var to = VoxelPosition.Of(at.Row, 1, a.Height, a.Width);
            long source = VoxelPosition.RowOf(to.Element, to.Y / a.Factor, to.X / a.Factor, a.Height / a.Factor, a.Width / a.Factor);
            float mean = a.Statistics.Load(2 * to.Element, at.Column);
            float reciprocalDeviation = a.Statistics.Load((2 * to.Element) + 1, at.Column);
            float normalized = (a.Input.Load(source, at.Column) - mean) * reciprocalDeviation;
            float gamma = a.GammaBeta.Load(at.Row, at.Column);
            float beta = a.HasBeta != 0 ? a.GammaBeta.Load(at.Row, a.Output.Channels + at.Column) : 0;
            a.Output.Store(at, a.Activation.Apply((normalized * (1 + gamma)) + beta));
        }
    }

    /// <summary>A map, its statistics [N, 2, C], gammas and perhaps betas [N, H, W, 2 C].</summary>
    internal readonly struct ModulateArguments(Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly TensorView Statistics = TensorView.Of(statistics);
        public readonly TensorView GammaBeta = TensorView.Of(gammaBeta);
        public readonly KernelActivation Activation = new(activation);
        public readonly OutputView Output = new(output);
        public readonly int HasBeta = gammaBeta.Channels == input.Channels ? 0 : 1;
        public readonly int Factor = gammaBeta.Shape[1] / input.Shape[1];
        public readonly int Height = output.Shape[1];
        public readonly int Width = output.Shape[2];
    }
}
