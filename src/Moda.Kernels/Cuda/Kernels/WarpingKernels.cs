using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Grid sampling, sparse motions and their combination: <c>warping.cu</c>.</summary>
internal sealed class WarpingKernels(CudaModule module)
{
    private readonly WideKernel gridSample = new(module, "grid_sample");
    private readonly WideKernel sparseMotionFeatures = new(module, "sparse_motion_features", "sparse_motion_features_by_four", wideLanes: 4);
    private readonly CudaFunction combineMotions = module.GetFunction("combine_motions");

    /// <summary><see cref="Device.GridSample"/>.</summary>
    public void GridSample(CudaQueue queue, Tensor input, Tensor grid, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        (CudaFunction sample, int lanes) = gridSample.For(input, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        AddVolume(ref arguments, input);
        arguments.Add(CoordinatesOf(grid));
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add((long)(output.Rows / output.Shape[0])).Add(count);
        queue.LaunchForElements(sample, count, in arguments);
    }

    /// <summary><see cref="IFusedSparseMotion.SparseMotionFeatures"/>.</summary>
    public void SparseMotionFeatures(CudaQueue queue, Tensor feature, Tensor driving, Tensor source, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        int keypoints = driving.Shape[1];
        long count = (long)output.Rows * (keypoints + 1);
        var arguments = new KernelArguments();
        AddVolume(ref arguments, feature);
        arguments.Add(feature.Channels).Add(CoordinatesOf(driving)).Add(CoordinatesOf(source)).Add(keypoints);
        arguments.AddTensor(output);
        arguments.Add(count);
        queue.LaunchForElements(sparseMotionFeatures.For(feature).Function, count, in arguments);
    }

    /// <summary><see cref="IFusedSparseMotion.CombineMotions"/>.</summary>
    public void CombineMotions(CudaQueue queue, Tensor logits, Tensor driving, Tensor source, Tensor deformation)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        AddVolume(ref arguments, logits);
        arguments.Add(CoordinatesOf(driving)).Add(CoordinatesOf(source)).Add(driving.Shape[1]);
        arguments.AddTensor(deformation);
        arguments.Add(IsSingle(deformation)).Add((long)logits.Rows);
        queue.LaunchForElements(combineMotions, logits.Rows, in arguments);
    }

    private static KernelCoordinates CoordinatesOf(in Tensor tensor) => new(tensor.Address(), tensor.RowStride, IsSingle(tensor));

    private static int IsSingle(in Tensor tensor) => tensor.Type == ElementType.Float32 ? 1 : 0;

    private static void AddVolume(ref KernelArguments arguments, in Tensor volume)
    {
        arguments.AddTensor(volume);
        arguments.Add(volume.Shape[1]).Add(volume.Shape[2]).Add(volume.Shape[3]);
    }
}
