using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>Convolutions and linear layers.</summary>
/// <param name="accelerator">What the kernels are compiled for.</param>
/// <param name="usesTiles">Whether kernels may have barriers.</param>
/// <param name="multiprocessors">What tiles are spread over.</param>
internal sealed class ProductKernels(Accelerator accelerator, bool usesTiles, int multiprocessors)
{
    private readonly WeightPacking packing = new(accelerator);
    private readonly Kernel<ProductArguments> depthwise = new(accelerator, DirectProducts.Depthwise);
    private readonly Kernel<ProductArguments> narrow = new(accelerator, DirectProducts.Narrow);
    private readonly Kernel<ProductArguments> simple = new(accelerator, DirectProducts.Simple);
    private readonly Kernel<ProductArguments> tiled64x64 = new(accelerator, TiledProduct.Multiply64<ColumnSums64>, TiledProduct.Limits);
    private readonly Kernel<ProductArguments> tiled64x128 = new(accelerator, TiledProduct.Multiply64<ColumnSums128>, TiledProduct.Limits);
    private readonly Kernel<ProductArguments> tiled128x64 = new(accelerator, TiledProduct.Multiply128<ColumnSums64>, TiledProduct.Limits);
    private readonly Kernel<ProductArguments> tiled128x128 = new(accelerator, TiledProduct.Multiply128<ColumnSums128>, TiledProduct.Limits);
    private readonly Kernel<SplitArguments> addSplits = new(accelerator, SplitSums.Add);

    /// <summary><see cref="Device.PrepareLinear"/>.</summary>
    public IlgpuLinearWeights PrepareLinear(
        IlgpuQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs)
    {
        var geometry = new ConvolutionGeometry { InputChannels = inputs, OutputChannels = outputs, Kernel = Extent3.One };
        return new(packing.Prepare(queue, store, weight, bias, geometry, ProductChoice.For(geometry, usesTiles)));
    }

    /// <summary><see cref="Device.PrepareConvolution"/>.</summary>
    public IlgpuConvolutionWeights PrepareConvolution(
        IlgpuQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, in ConvolutionGeometry geometry) =>
        new(packing.Prepare(queue, store, weight, bias, geometry, ProductChoice.For(geometry, usesTiles)));

    /// <summary><see cref="Device.Linear(Tensor, LinearWeights, in Epilogue, Tensor, BatchPlan)"/>.</summary>
    public void Linear(IlgpuQueue queue, Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        Run(queue, input, new Extent3(1, 1, input.Rows), ((IlgpuLinearWeights)weights).Product, epilogue, output, batch);

    /// <summary><see cref="Device.Convolution"/>.</summary>
    /// <exception cref="NotSupportedException">There are more channels than a grid has groups.</exception>
    public void Convolution(IlgpuQueue queue, Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        Run(queue, input, Extent3.OfSpatialAxes(input.Shape), ((IlgpuConvolutionWeights)weights).Product, epilogue, output, batch);

    private void Run(
        IlgpuQueue queue, Tensor input, Extent3 extent, PackedProduct product, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        var geometry = new ProductGeometry(product.Geometry, product.Layout, extent);
        var following = new ProductEpilogue(queue, product.Bias, epilogue, output);
        if (product.Method == ProductMethod.Tiled)
        {
            RunTiled(queue, input, geometry, product, following, output, batch);
            return;
        }

        var arguments = new ProductArguments(
            input, product.Weights, geometry, following, product.Geometry.Groups, output.Rows, product.Layout.PaddedTerms);
        switch (product.Method)
        {
            case ProductMethod.Depthwise:
                queue.LaunchForElements(depthwise, output.Shape.ElementCount, arguments);
                break;
            case ProductMethod.Narrow:
                queue.LaunchForRows(narrow, output.Shape.ElementCount, arguments);
                break;
            default:
                queue.LaunchForElements(simple, output.Shape.ElementCount, arguments);
                break;
        }
    }

    private void RunTiled(
        IlgpuQueue queue, Tensor input, in ProductGeometry geometry, PackedProduct product, in ProductEpilogue epilogue, Tensor output, BatchPlan batch)
    {
        int groups = product.Geometry.Groups;
        TilePlan plan = TilePlan.For(batch.IsFixed ? batch.Scale(output.Rows) : output.Rows, product.Layout, groups, multiprocessors);
        int columnTiles = product.Layout.PaddedOutputs / plan.Columns;
        if (columnTiles > TilePlan.MostGridYZ || groups > TilePlan.MostGridYZ)
        {
            throw new NotSupportedException(
                $"{queue.DeviceName} has at most {TilePlan.MostGridYZ} groups of threads in Y and Z, not {columnTiles} for the channels and {groups} for the groups.");
        }

        long count = output.Shape.ElementCount;
        ArrayView<float> partial = plan.Splits == 1 ? default : queue.RentScratch(plan.Splits * count);
        ProductEpilogue tileEpilogue = plan.Splits == 1 ? epilogue : new(queue, new TensorView(partial, output.Channels));
        var arguments = new ProductArguments(input, product.Weights, geometry, tileEpilogue, groups, output.Rows, plan.SplitTerms);
        Kernel<ProductArguments> kernel = (plan.Rows, plan.Columns) switch
        {
            (ProductTile.Small, ProductTile.Small) => tiled64x64,
            (ProductTile.Small, _) => tiled64x128,
            (_, ProductTile.Small) => tiled128x64,
            _ => tiled128x128,
        };
        var grid = new Index3D(plan.RowTiles(output.Rows), columnTiles, groups * plan.Splits);
        queue.Launch(kernel, new KernelConfig(grid, new Index3D(TiledProduct.Threads, 1, 1)), arguments);
        if (plan.Splits > 1)
        {
            queue.LaunchForElements(addSplits, count, new SplitArguments(partial, count, output.Channels, epilogue));
        }
    }
}
