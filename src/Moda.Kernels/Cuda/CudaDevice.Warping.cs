using Moda.Kernels.Cuda.Interop;

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
        arguments.Add(new KernelCoordinates(grid));
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add((long)(output.Rows / output.Shape[0])).Add(count);
        LaunchForElements(sample, count, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output)
    {
        using ContextScope scope = context.Enter();
        int keypoints = driving.Shape[1];
        long count = (long)output.Rows * (keypoints + 1);
        var arguments = new KernelArguments();
        AddVolume(ref arguments, feature);
        arguments.Add(feature.Channels).Add(new KernelCoordinates(driving)).Add(new KernelCoordinates(source)).Add(keypoints);
        arguments.AddTensor(output);
        arguments.Add(count);
        LaunchForElements(kernels.Warping.SparseMotionFeatures.For(feature).Function, count, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        AddVolume(ref arguments, logits);
        arguments.Add(new KernelCoordinates(driving)).Add(new KernelCoordinates(source)).Add(driving.Shape[1]);
        arguments.AddTensor(deformation);
        arguments.Add(deformation.Type == ElementType.Float32 ? 1 : 0).Add((long)logits.Rows);
        LaunchForElements(kernels.Warping.CombineMotions, logits.Rows, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output)
    {
        using ContextScope scope = context.Enter();
        long pixels = output.Rows;
        var arguments = new KernelArguments();
        arguments.AddTensor(images);
        arguments.Add(images.Shape[1]).Add(images.Shape[2]);
        arguments.AddTensor(mask);
        arguments.AddTensor(background);
        arguments.Add(toImage).Add(firstRow);
        arguments.AddTensor(output);
        arguments.Add(output.Shape[1]).Add(output.Shape[2]).Add(pixels);
        LaunchForElements(kernels.Blending.WarpBlend, pixels, in arguments);
    }

    private static void AddVolume(ref KernelArguments arguments, in Tensor volume)
    {
        arguments.AddTensor(volume);
        arguments.Add(volume.Shape[1]).Add(volume.Shape[2]).Add(volume.Shape[3]);
    }
}
