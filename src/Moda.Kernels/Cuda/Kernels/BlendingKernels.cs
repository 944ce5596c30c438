using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Pasting images back into a background: <c>blending.cu</c>.</summary>
internal sealed class BlendingKernels(CudaModule module)
{
    private readonly CudaFunction warpBlend = module.GetFunction("warp_blend");

    /// <summary><see cref="IFusedPasteBack.WarpBlend"/>.</summary>
    public void WarpBlend(
        CudaQueue queue, Tensor images, Tensor mask, Tensor background, in AffineTransform toImage, int firstRow, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        long pixels = output.Rows;
        var arguments = new KernelArguments();
        arguments.AddTensor(images);
        arguments.Add(images.Shape[1]).Add(images.Shape[2]);
        arguments.AddTensor(mask);
        arguments.AddTensor(background);
        arguments.Add(new KernelAffineMap(toImage.XX, toImage.XY, toImage.X0, toImage.YX, toImage.YY, toImage.Y0)).Add(firstRow);
        arguments.AddTensor(output);
        arguments.Add(output.Shape[1]).Add(output.Shape[2]).Add(pixels);
        queue.LaunchForElements(warpBlend, pixels, in arguments);
    }
}
