using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override LinearWeights PrepareLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs) =>
        PackLinear(store, weight, bias, outputs, inputs);

    /// <inheritdoc/>
    protected internal override ConvolutionWeights PrepareConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
    {
        var choice = ConvolutionChoice.For(geometry, ActivationType, kernels.Convolution.HasWarpgroupProducts);
        if (choice.Method == ConvolutionMethod.MatrixProduct)
        {
            CudaLinearWeights product = PackLinear(store, weight, bias, geometry.OutputChannels, geometry.InputChannels);
            return new CudaConvolutionWeights(geometry, choice, product);
        }

        if (choice.Method is ConvolutionMethod.TensorCores or ConvolutionMethod.Warpgroups)
        {
            return PackForTensorCores(store, weight, bias, new TensorCorePlan(geometry, choice));
        }

        int taps = geometry.Kernel.Depth * geometry.Kernel.Height * geometry.Kernel.Width;
        long elements = (long)geometry.Groups * taps * choice.PaddedInputs * choice.PaddedOutputs;
        long weightBytes = Align(elements * sizeof(float));
        var block = (CudaBlock)store.Allocate(weightBytes + (bias.Length * sizeof(float)));
        using ContextScope scope = context.Enter();
        stream.Fill(block.Address, 0, weightBytes);
        KernelWeightLayout layout = LayoutOf(geometry, choice, taps);
        transfers.Upload(weight, new PackKernel<KernelWeightLayout>(launcher, kernels.Packing.PackSingleWeights, layout, block.Address));
        transfers.Upload(MemoryMarshal.AsBytes(bias), block.Address + (ulong)weightBytes);
        return new CudaConvolutionWeights(geometry, choice, block, bias.IsEmpty ? null : weightBytes);
    }

    /// <inheritdoc/>
    ConvolutionWeights? IFusedSpadeConvolution.PrepareSpadeConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
    {
        const int Block = CudaConvolutionWeights.ModulationBlock;
        var choice = ConvolutionChoice.For(geometry, ActivationType, kernels.Convolution.HasWarpgroupProducts);
        int channels = geometry.OutputChannels / 2;
        bool modulates = choice.Method == ConvolutionMethod.Warpgroups
            && choice.TileColumns == ConvolutionKernels.ModulatingColumns
            && channels % Block == 0
            && geometry.Upsample == 1
            && geometry.InputChannels % TensorCorePlan.ChannelAlignment == 0;
        if (!modulates)
        {
            return null;
        }

        // Gammas and betas of a few channels after each other, so that one lane has both of a channel.
        var ordered = new InterleavedHalves(weight, weight.Count / geometry.OutputChannels * Block);
        var orderedBias = new InterleavedHalves(bias.ToArray(), Block);
        return PackForTensorCores(store, ordered, orderedBias.ToArray(), new TensorCorePlan(geometry, choice));
    }

    /// <summary>[group][tap][padded input][padded output], but [tap][channel] for a depthwise convolution.</summary>
    private static KernelWeightLayout LayoutOf(ConvolutionGeometry geometry, ConvolutionChoice choice, int taps)
    {
        bool isDepthwise = choice.Method == ConvolutionMethod.Depthwise;
        long tapStep = isDepthwise ? geometry.Groups : (long)choice.PaddedInputs * choice.PaddedOutputs;
        return new KernelWeightLayout
        {
            OutputsPerGroup = geometry.OutputChannels / geometry.Groups,
            InputsPerGroup = geometry.InputChannels / geometry.Groups,
            Taps = taps,
            OutputStep = 1,
            GroupStep = isDepthwise ? 1 : taps * tapStep,
            TapStep = tapStep,
            InputStep = choice.PaddedOutputs,
        };
    }

    private CudaLinearWeights PackLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs)
    {
        long weightBytes = Align((long)outputs * inputs * ActivationType.SizeInBytes());
        long biasBytes = Align(bias.Length * sizeof(float));
        bool bothTypes = ActivationType != ElementType.Float32;
        var block = (CudaBlock)store.Allocate(weightBytes + (bothTypes ? 2 * biasBytes : biasBytes));
        transfers.Upload(weight, WriterOf(new Tensor(block, 0, new Shape(outputs, inputs), ActivationType, inputs)));
        long storedBiasOffset = bothTypes ? weightBytes + biasBytes : weightBytes;
        if (!bias.IsEmpty)
        {
            transfers.Upload(MemoryMarshal.AsBytes(bias), block.Address + (ulong)weightBytes);
            if (bothTypes)
            {
                Write(bias, new Tensor(block, storedBiasOffset / ActivationType.SizeInBytes(), new Shape(outputs), ActivationType, outputs));
            }
        }

        return new CudaLinearWeights(block, weightBytes, storedBiasOffset, !bias.IsEmpty, outputs, inputs);
    }

    private long Align(long byteLength) => (byteLength + Alignment - 1) / Alignment * Alignment;

    private readonly struct PackKernel<TLayout>(CudaLauncher launcher, CudaFunction kernel, TLayout layout, ulong packed) : IPieceKernel
        where TLayout : unmanaged
    {
        public void Queue(ulong values, long first, int count)
        {
            var arguments = new KernelArguments();
            arguments.AddPointer(values).Add(layout).AddPointer(packed).Add(first).Add((long)count);
            launcher.Launch(kernel, LaunchConfiguration.ForElements(count), in arguments);
        }
    }
}
