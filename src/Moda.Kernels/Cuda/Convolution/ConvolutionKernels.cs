using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Fused;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>Convolutions: each goes to the kernels that its <see cref="ConvolutionChoice"/> names.</summary>
internal sealed class ConvolutionKernels
{
    private readonly DirectConvolution direct;
    private readonly TensorCoreConvolution? tensorCores;
    private readonly WarpgroupConvolution? warpgroups;
    private readonly WeightPacking packing;
    private readonly LinearKernels linear;

    /// <summary>Takes the kernels of the modules.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="linear">Carries out convolutions that are matrix products.</param>
    /// <param name="elementwise">Applies activations that a kernel leaves out.</param>
    public ConvolutionKernels(ConvolutionModules modules, LinearKernels linear, ElementwiseKernels elementwise)
    {
        this.linear = linear;
        direct = new DirectConvolution(modules.Simt);
        packing = new WeightPacking(modules.Packing, half: modules.TensorCores is not null);
        if (modules.TensorCores is { } own)
        {
            var im2Col = new Im2Col(own.Passes);
            tensorCores = new TensorCoreConvolution(own, im2Col);
            warpgroups = modules.Warpgroups is { } hopper ? new WarpgroupConvolution(hopper, own.Passes, im2Col, elementwise) : null;
        }
    }

    /// <summary><see cref="Device.PrepareConvolution"/>.</summary>
    public CudaConvolutionWeights Prepare(
        CudaQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
    {
        ConvolutionChoice choice = ChoiceFor(geometry, queue.ActivationType);
        if (choice.Method == ConvolutionMethod.MatrixProduct)
        {
            CudaLinearWeights product = linear.Prepare(queue, store, weight, bias, geometry.OutputChannels, geometry.InputChannels);
            return new CudaConvolutionWeights(geometry, choice, product);
        }

        return choice.Method is ConvolutionMethod.TensorCores or ConvolutionMethod.Warpgroups
            ? packing.PackTiles(queue, store, weight, bias, new TensorCorePlan(geometry, choice))
            : packing.PackSingles(queue, store, weight, bias, geometry, choice);
    }

    /// <summary><see cref="IFusedSpadeConvolution.PrepareSpadeConvolution"/>.</summary>
    /// <returns>The weights; null where no kernel modulates by this convolution's outputs.</returns>
    public CudaConvolutionWeights? PrepareSpadeConvolution(
        CudaQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
    {
        ConvolutionChoice choice = ChoiceFor(geometry, queue.ActivationType);
        return WarpgroupConvolution.CanModulate(geometry, choice)
            ? packing.PackModulation(queue, store, weight, bias, new TensorCorePlan(geometry, choice))
            : null;
    }

    /// <summary><see cref="Device.Convolution"/>.</summary>
    /// <exception cref="NotSupportedException">The kernel can't do it.</exception>
    public void Convolve(
        CudaQueue queue, Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        var packed = (CudaConvolutionWeights)weights;
        if (packed.Product is { } product)
        {
            linear.Linear(queue, input, product, epilogue, output, batch);
            return;
        }

        if (packed.Choice.FindFault(packed.Geometry, output.Rows) is { } fault)
        {
            throw new NotSupportedException($"{queue.DeviceName} can't convolve {input.Shape} to {output.Shape}: {fault}.");
        }

        using ContextScope scope = queue.Enter();
        switch (packed.Choice.Method)
        {
            case ConvolutionMethod.TensorCores:
                tensorCores!.Convolve(queue, input, packed, epilogue, output, batch);
                break;
            case ConvolutionMethod.Warpgroups:
                warpgroups!.Convolve(queue, input, packed, epilogue, output, batch);
                break;
            default:
                direct.Convolve(queue, input, packed, epilogue, output);
                break;
        }
    }

    /// <summary><see cref="IFusedSpadeConvolution.SpadeConvolution"/>.</summary>
    public void SpadeConvolution(
        CudaQueue queue, Tensor hidden, ConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output,
        BatchPlan batch)
    {
        using ContextScope scope = queue.Enter();
        warpgroups!.ConvolveAndModulate(queue, hidden, (CudaConvolutionWeights)weights, input, statistics, activation, output, batch);
    }

    /// <summary><see cref="CudaDevice.ForceTile"/>.</summary>
    public void ForceTile(ForcedTile tile)
    {
        if (tensorCores is null)
        {
            throw new ArgumentException("Convolutions in float32 have no tiles to force; open the device in float16.", nameof(tile));
        }

        (int Rows, int Columns)[] known = [.. tensorCores.Tiles, .. warpgroups?.Tiles ?? []];
        if (!known.Contains((tile.Rows, tile.Columns)))
        {
            string tiles = string.Join(", ", known.Distinct().Order().Select(one => $"{one.Rows}x{one.Columns}"));
            throw new ArgumentException($"There is no tile {tile.Rows}x{tile.Columns}; there are {tiles}.", nameof(tile));
        }

        tensorCores.Forced = tile;
        if (warpgroups is not null)
        {
            warpgroups.Forced = tile;
        }
    }

    /// <summary><see cref="CudaDevice.DescribeConvolution"/>.</summary>
    public string Describe(CudaConvolutionWeights weights, Shape output, int multiprocessors)
    {
        Extent3 extent = Extent3.OfSpatialAxes(output);
        switch (weights.Choice.Method)
        {
            case ConvolutionMethod.TensorCores:
                (TensorCoreTile tile, int split) = tensorCores!.TileFor(weights.Plan!, extent, output[0], multiprocessors);
                return $"mma {tile.Rows}x{tile.Columns}/{split}";
            case ConvolutionMethod.Warpgroups:
                TensorCorePlan plan = weights.Plan!;
                (WarpgroupTile wide, int shares) = warpgroups!.TileFor(
                    plan.ExtentOfVariant(extent), output[0], plan, WarpgroupConvolution.ElementSumsBytes(plan, output), multiprocessors);
                return $"wgmma {wide.Shape.Rows}x{wide.Shape.Columns}/{shares}";
            default:
                return weights.Choice.Method.ToString().ToLowerInvariant();
        }
    }

    private ConvolutionChoice ChoiceFor(ConvolutionGeometry geometry, ElementType type) =>
        ConvolutionChoice.For(geometry, type, hasWarpgroupProducts: warpgroups is not null);
}
