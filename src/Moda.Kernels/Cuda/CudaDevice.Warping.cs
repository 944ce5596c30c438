using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output)
    {
        using ContextScope scope = context.Enter();
        (CudaFunction sample, int lanes) = kernels.Warping.GridSample.For(input, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        AddVolume(ref arguments, input);
        arguments.Add(CoordinatesOf(grid));
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add((long)(output.Rows / output.Shape[0])).Add(count);
        LaunchForElements(sample, count, in arguments);
    }

    /// <inheritdoc/>
    void IFusedSparseMotion.SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output)
    {
        using ContextScope scope = context.Enter();
        int keypoints = driving.Shape[1];
        long count = (long)output.Rows * (keypoints + 1);
        var arguments = new KernelArguments();
        AddVolume(ref arguments, feature);
        arguments.Add(feature.Channels).Add(CoordinatesOf(driving)).Add(CoordinatesOf(source)).Add(keypoints);
        arguments.AddTensor(output);
        arguments.Add(count);
        LaunchForElements(kernels.Warping.SparseMotionFeatures.For(feature).Function, count, in arguments);
    }

    /// <inheritdoc/>
    void IFusedSparseMotion.CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        AddVolume(ref arguments, logits);
        arguments.Add(CoordinatesOf(driving)).Add(CoordinatesOf(source)).Add(driving.Shape[1]);
        arguments.AddTensor(deformation);
        arguments.Add(deformation.Type == ElementType.Float32 ? 1 : 0).Add((long)logits.Rows);
        LaunchForElements(kernels.Warping.CombineMotions, logits.Rows, in arguments);
    }

    /// <inheritdoc/>
    void IFusedPasteBack.WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output)
    {
        using ContextScope scope = context.Enter();
        long pixels = output.Rows;
        var arguments = new KernelArguments();
        arguments.AddTensor(images);
        arguments.Add(images.Shape[1]).Add(images.Shape[2]);
        arguments.AddTensor(mask);
        arguments.AddTensor(background);
        arguments.Add(new KernelAffineMap(toImage.XX, toImage.XY, toImage.X0, toImage.YX, toImage.YY, toImage.Y0)).Add(firstRow);
        arguments.AddTensor(output);
        arguments.Add(output.Shape[1]).Add(output.Shape[2]).Add(pixels);
        LaunchForElements(kernels.Blending.WarpBlend, pixels, in arguments);
    }

    private static KernelCoordinates CoordinatesOf(in Tensor tensor) =>
        new(tensor.Address(), tensor.RowStride, tensor.Type == ElementType.Float32 ? 1 : 0);

    private static void AddVolume(ref KernelArguments arguments, in Tensor volume)
    {
        arguments.AddTensor(volume);
        arguments.Add(volume.Shape[1]).Add(volume.Shape[2]).Add(volume.Shape[3]);
    }
}
